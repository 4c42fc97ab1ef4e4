import { concatBytes } from '../base/bytes.ts'
import { type Digest, HASH_BYTES, sha256dPairs } from './hash.ts'

export interface MerkleResult {
  readonly root: Digest
  /** CVE-2012-2459: two equal neighbours, so that a list with repeated transactions has the same root */
  readonly mutated: boolean
}

const PAIR_BYTES = 2 * HASH_BYTES

function hasEqualPair(level: Uint8Array): boolean {
  for (let pair = 0; pair + PAIR_BYTES <= level.length; pair += PAIR_BYTES) {
    let i = pair
    while (i < pair + HASH_BYTES && level[i] === level[i + HASH_BYTES]) i++
    if (i === pair + HASH_BYTES) return true
  }
  return false
}

/** The next level: digests in pairs, an odd last one with itself. */
function levelAbove(level: Uint8Array): Uint8Array {
  const isOdd = level.length % PAIR_BYTES !== 0
  return sha256dPairs(isOdd ? concatBytes(level, level.subarray(-HASH_BYTES)) : level)
}

/**
 * Bitcoin's merkle root: an odd last digest of a level is paired with itself.
 * @param leaves - one or more digests, one after the other
 */
export function merkleRoot(leaves: Uint8Array): MerkleResult {
  let level = leaves
  let mutated = false
  while (level.length > HASH_BYTES) {
    mutated ||= hasEqualPair(level)
    level = levelAbove(level)
  }
  return { root: level, mutated }
}

const digestAt = (level: Uint8Array, index: number): Digest =>
  level.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES)

/**
 * What proves that a leaf is one of those of a root: its neighbour at each level, from the leaves up.
 * @param leaves - digests, one after the other
 * @param position - of the leaf, from 0
 */
export function merkleBranch(leaves: Uint8Array, position: number): Digest[] {
  const branch: Digest[] = []
  for (let level = leaves; level.length > HASH_BYTES; level = levelAbove(level)) {
    const neighbour = position ^ 1
    branch.push(digestAt(level, neighbour * HASH_BYTES < level.length ? neighbour : position))
    position >>>= 1
  }
  return branch
}
