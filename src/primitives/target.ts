import type { BlockHash } from './hash.ts'

const MANTISSA_SIGN = 0x0080_0000

/** What a compact target ("bits") says, with the two ways in which it can be senseless. */
export interface CompactTarget {
  readonly target: bigint
  readonly negative: boolean
  readonly overflow: boolean
}

/** Reads Bitcoin's compact form: one byte of base-256 exponent, a sign bit, 23 bits of mantissa. */
export function decodeCompact(bits: number): CompactTarget {
  const exponent = bits >>> 24
  const mantissa = bits & 0x007f_ffff
  const target =
    exponent <= 3 ? BigInt(mantissa >>> (8 * (3 - exponent))) : BigInt(mantissa) << BigInt(8 * (exponent - 3))
  // Bitcoin Core tests the sign on the shifted word, which drops the low bytes first.
  const word = exponent <= 3 ? mantissa >>> (8 * (3 - exponent)) : mantissa
  return {
    target,
    negative: word !== 0 && (bits & MANTISSA_SIGN) !== 0,
    overflow:
      mantissa !== 0 &&
      (exponent > 34 || (mantissa > 0xff && exponent > 33) || (mantissa > 0xffff && exponent > 32)),
  }
}

/** Bitcoin's compact form of a target: rounds down to 23 bits of mantissa. */
export function encodeCompact(target: bigint): number {
  let exponent = Math.ceil(target.toString(16).length / 2)
  if (target === 0n) exponent = 0
  let mantissa =
    exponent <= 3 ? Number(target) * 2 ** (8 * (3 - exponent)) : Number(target >> BigInt(8 * (exponent - 3)))
  if (mantissa & MANTISSA_SIGN) {
    mantissa >>>= 8
    exponent += 1
  }
  return ((exponent << 24) | mantissa) >>> 0
}

/** The target of `bits`, or undefined where it is negative, zero or above 256 bits. */
export function targetOfBits(bits: number): bigint | undefined {
  const { target, negative, overflow } = decodeCompact(bits)
  return negative || overflow || target === 0n ? undefined : target
}

/** Expected number of hashes to meet `target`: Bitcoin's measure of work. */
export const workOfTarget = (target: bigint): bigint => (1n << 256n) / (target + 1n)

/** A block's hash as the number that has to be at most the target. */
export const hashValue = (hash: BlockHash): bigint => BigInt(`0x${hash}`)
