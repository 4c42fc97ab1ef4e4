import { getU32 } from '../base/little-endian.ts'

/** The 128-bit key as four little-endian words of 32 bits. */
export type SipHashKey = readonly [number, number, number, number]

/** The key that the first 16 bytes hold. */
export const sipHashKey = (bytes: Uint8Array): SipHashKey => [
  getU32(bytes, 0),
  getU32(bytes, 4),
  getU32(bytes, 8),
  getU32(bytes, 12),
]

const COMPRESSION_ROUNDS = 2
const FINALIZATION_ROUNDS = 4

/**
 * SipHash-2-4 (Aumasson and Bernstein), 64 bits: the low word to `out[0]`, the high one to `out[1]`. Everything is in
 * words of 32 bits, since thousands of ids are hashed for each block: `v` is the low half of the paper's state, `w` the
 * high one.
 */
export function sipHash24(key: SipHashKey, bytes: Uint8Array, out: Uint32Array): void {
  const [k0, k1, k2, k3] = key
  let v0 = k0 ^ 0x70736575
  let w0 = k1 ^ 0x736f6d65
  let v1 = k2 ^ 0x6e646f6d
  let w1 = k3 ^ 0x646f7261
  let v2 = k0 ^ 0x6e657261
  let w2 = k1 ^ 0x6c796765
  let v3 = k2 ^ 0x79746573
  let w3 = k3 ^ 0x74656462
  const { length } = bytes
  const words = length >>> 3
  // One turn for each whole word, one for the rest with the length, one to finish.
  for (let turn = 0; turn <= words + 1; turn++) {
    let low = 0
    let high = 0
    let rounds = COMPRESSION_ROUNDS
    if (turn < words) {
      low = getU32(bytes, turn << 3) | 0
      high = getU32(bytes, (turn << 3) + 4) | 0
    } else if (turn === words) {
      for (let i = length & 7; i > 0; i--) {
        const byte = bytes[(words << 3) + i - 1]!
        if (i > 4) high |= byte << ((i - 5) << 3)
        else low |= byte << ((i - 1) << 3)
      }
      high |= length << 24
    } else {
      v2 ^= 0xff
      rounds = FINALIZATION_ROUNDS
    }
    v3 ^= low
    w3 ^= high
    for (; rounds > 0; rounds--) {
      // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
      let sum = (v0 + v1) | 0
      w0 = (w0 + w1 + (sum >>> 0 < v0 >>> 0 ? 1 : 0)) | 0
      v0 = sum
      let turned = (v1 << 13) | (w1 >>> 19)
      w1 = ((w1 << 13) | (v1 >>> 19)) ^ w0
      v1 = turned ^ v0
      turned = v0
      v0 = w0
      w0 = turned
      // v2 += v3; v3 <<<= 16; v3 ^= v2
      sum = (v2 + v3) | 0
      w2 = (w2 + w3 + (sum >>> 0 < v2 >>> 0 ? 1 : 0)) | 0
      v2 = sum
      turned = (v3 << 16) | (w3 >>> 16)
      w3 = ((w3 << 16) | (v3 >>> 16)) ^ w2
      v3 = turned ^ v2
      // v0 += v3; v3 <<<= 21; v3 ^= v0
      sum = (v0 + v3) | 0
      w0 = (w0 + w3 + (sum >>> 0 < v0 >>> 0 ? 1 : 0)) | 0
      v0 = sum
      turned = (v3 << 21) | (w3 >>> 11)
      w3 = ((w3 << 21) | (v3 >>> 11)) ^ w0
      v3 = turned ^ v0
      // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
      sum = (v2 + v1) | 0
      w2 = (w2 + w1 + (sum >>> 0 < v2 >>> 0 ? 1 : 0)) | 0
      v2 = sum
      turned = (v1 << 17) | (w1 >>> 15)
      w1 = ((w1 << 17) | (v1 >>> 15)) ^ w2
      v1 = turned ^ v2
      turned = v2
      v2 = w2
      w2 = turned
    }
    v0 ^= low
    w0 ^= high
  }
  out[0] = v0 ^ v1 ^ v2 ^ v3
  out[1] = w0 ^ w1 ^ w2 ^ w3
}
