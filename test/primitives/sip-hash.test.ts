import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { putU32 } from '../../src/base/little-endian.ts'
import { sipHash24, sipHashKey } from '../../src/primitives/sip-hash.ts'
import { bytesOf } from '../support/arbitrary.ts'

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)

/** The hash's eight bytes, lowest first. */
function hash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const words = new Uint32Array(2)
  sipHash24(sipHashKey(key), message, words)
  const out = new Uint8Array(8)
  putU32(out, putU32(out, 0, words[0]!), words[1]!)
  return out
}

/** The paper's own words, in 64-bit integers. */
function plainSipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const word = (bytes: Uint8Array) => [...bytes].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const turn = (value: bigint, by: bigint) => BigInt.asUintN(64, (value << by) | (value >> (64n - by)))
  const k0 = word(key.subarray(0, 8))
  const k1 = word(key.subarray(8))
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ]
  const round = () => {
    v0 = BigInt.asUintN(64, v0 + v1)
    v2 = BigInt.asUintN(64, v2 + v3)
    v1 = turn(v1, 13n) ^ v0
    v3 = turn(v3, 16n) ^ v2
    v0 = turn(v0, 32n)
    v2 = BigInt.asUintN(64, v2 + v1)
    v0 = BigInt.asUintN(64, v0 + v3)
    v1 = turn(v1, 17n) ^ v2
    v3 = turn(v3, 21n) ^ v0
    v2 = turn(v2, 32n)
  }
  const padded = new Uint8Array(8 * (Math.floor(message.length / 8) + 1))
  padded.set(message)
  padded[padded.length - 1] = message.length
  for (let at = 0; at < padded.length; at += 8) {
    const m = word(padded.subarray(at, at + 8))
    v3 ^= m
    round()
    round()
    v0 ^= m
  }
  v2 ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  const result = v0 ^ v1 ^ v2 ^ v3
  return Uint8Array.from({ length: 8 }, (_, i) => Number((result >> BigInt(8 * i)) & 0xffn))
}

describe('SipHash-2-4', () => {
  it('gives the value of the paper’s appendix A', () => {
    const message = Uint8Array.from({ length: 15 }, (_, i) => i)
    expect(toHex(hash(KEY, message).reverse())).toBe('a129ca6149be45e5')
  })

  // The first bytes 00, 01, … under the key 00 to 0f, from the authors' reference implementation (vectors.h).
  it.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [2, '5a4fa9d909806c0d'],
    [3, '2d7efbd796666785'],
    [4, 'b7877127e09427cf'],
    [5, '8da699cd64557618'],
    [6, 'cee3fe586e46c9cb'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [9, 'b0e4a90bdf82009e'],
    [10, 'f3b9dd94c5bb5d7a'],
    [11, 'a7ad6b22462fb3f4'],
    [12, 'fbe50e86bc8f1e75'],
    [13, '903d84c02756ea14'],
    [14, 'eef27a8e90ca23f7'],
    [15, 'e545be4961ca29a1'],
    [32, 'ce7cf2722f512771'],
    [63, '724506eb4c328a95'],
  ])('gives the reference value for %i bytes', (length, expected) => {
    expect(
      toHex(
        hash(
          KEY,
          Uint8Array.from({ length }, (_, i) => i),
        ),
      ),
    ).toBe(expected)
  })

  it('agrees with the paper’s words in 64-bit integers', () => {
    fc.assert(
      fc.property(bytesOf(16), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        expect(hash(key, message)).toEqual(plainSipHash(key, message))
      }),
      { numRuns: 300 },
    )
  })
})
