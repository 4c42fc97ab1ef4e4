import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { type Digest, hashIdsBytes, sha256d, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { type MerkleResult, merkleBranch, merkleRoot } from '../../src/primitives/merkle.ts'

const leaf = (n: number): Uint8Array => sha256d(Uint8Array.of(n, n >>> 8))
const leaves = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => leaf(n))
const rootOf = (digests: readonly Digest[]): MerkleResult => merkleRoot(concatBytes(...digests))

/** The tree as it is described: pair by pair, level by level. */
function naiveRoot(digests: readonly Digest[]): Digest {
  if (digests.length === 1) return digests[0]!
  const above = []
  for (let i = 0; i < digests.length; i += 2) above.push(sha256d(digests[i]!, digests[i + 1] ?? digests[i]!))
  return naiveRoot(above)
}

describe('merkle root', () => {
  it("is that of Bitcoin's block 100,000", () => {
    const txids = [
      '8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87',
      'fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4',
      '6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4',
      'e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d',
    ] as Txid[]
    const { root, mutated } = merkleRoot(hashIdsBytes(txids))
    expect(toHashId(root)).toBe('f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766')
    expect(mutated).toBe(false)
  })

  it('of one leaf is the leaf, of two the hash of both', () => {
    expect(rootOf([leaf(1)])).toEqual({ root: leaf(1), mutated: false })
    expect(rootOf([leaf(1), leaf(2)]).root).toEqual(sha256d(leaf(1), leaf(2)))
  })

  it('pairs an odd last leaf with itself', () => {
    const [a, b, c] = [leaf(1), leaf(2), leaf(3)]
    expect(rootOf([a, b, c]).root).toEqual(sha256d(sha256d(a, b), sha256d(c, c)))
  })

  it.each([1, 2, 3, 4, 7, 8, 9, 100, 511, 512, 513, 1023, 1024, 1025, 2000])(
    'of %i leaves is that of the tree built pair by pair',
    (count) => {
      expect(toHex(rootOf(leaves(count)).root)).toBe(toHex(naiveRoot(leaves(count))))
    },
  )

  it('is mutated exactly where two neighbours of a level are equal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (count, x, y) => {
        const given = leaves(count).with(x % count, leaf(y % count))
        const [i, j] = [x % count, y % count]
        // the one that was copied, and where it came from
        const areNeighbours = i !== j && i >> 1 === j >> 1
        expect(rootOf(given).mutated).toBe(areNeighbours)
      }),
    )
  })

  it('is never said to be mutated where all leaves differ', () => {
    for (let count = 1; count <= 65; count++) expect(rootOf(leaves(count)).mutated).toBe(false)
  })

  it.each([
    [3, 1],
    [5, 1],
    [6, 2],
    [7, 1],
    [12, 4],
    [13, 1],
    [14, 2],
  ])(
    'catches the repetition that leaves the root of %i leaves as it is (CVE-2012-2459)',
    (count, repeated) => {
      const honest = leaves(count)
      const forged = [...honest, ...honest.slice(count - repeated)]
      expect(toHex(rootOf(forged).root)).toBe(toHex(rootOf(honest).root))
      expect(rootOf(forged).mutated).toBe(true)
    },
  )

  it('changes with any leaf, and with the order of any two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(), fc.nat(), (count, x, y) => {
        const honest = leaves(count)
        const root = toHex(rootOf(honest).root)
        const changed = honest.with(x % count, leaf(1000))
        expect(toHex(rootOf(changed).root)).not.toBe(root)
        const [i, j] = [x % count, y % count]
        if (i === j) return
        const swapped = honest.with(i, honest[j]!).with(j, honest[i]!)
        expect(toHex(rootOf(swapped).root)).not.toBe(root)
      }),
    )
  })

  it('leaves its leaves as they are', () => {
    const given = concatBytes(...leaves(5))
    merkleRoot(given)
    expect(given).toEqual(concatBytes(...leaves(5)))
  })
})

/** The root that a leaf at a position and its branch come to, as a light client works it out. */
function rootOfBranch(digest: Digest, position: number, [neighbour, ...rest]: readonly Digest[]): Digest {
  if (neighbour === undefined) return digest
  const pair = position % 2 === 0 ? [digest, neighbour] : [neighbour, digest]
  return rootOfBranch(sha256d(...pair), Math.floor(position / 2), rest)
}

describe('merkle branch', () => {
  it('proves each leaf, and at no other place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, at) => {
        const position = at % count
        const all = concatBytes(...leaves(count))
        const branch = merkleBranch(all, position)
        const { root } = merkleRoot(all)
        expect(rootOfBranch(leaf(position), position, branch)).toEqual(root)
        expect(branch).toHaveLength(Math.ceil(Math.log2(count)))
        if (count > 1) expect(rootOfBranch(leaf(position + 1), position, branch)).not.toEqual(root)
      }),
    )
  })
})
