import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockHash } from '../../src/primitives/hash.ts'
import {
  decodeCompact,
  encodeCompact,
  hashValue,
  targetOfBits,
  workOfTarget,
} from '../../src/primitives/target.ts'
import { GENESIS } from './support.ts'

/** Bitcoin Core (MIT licence), arith_uint256_tests, `bignum_SetCompact`: compact form, target, and the compact form of that. */
const CORE = [
  [0x00000000, 0n, 0],
  [0x00123456, 0n, 0],
  [0x01003456, 0n, 0],
  [0x02000056, 0n, 0],
  [0x03000000, 0n, 0],
  [0x04000000, 0n, 0],
  [0x00923456, 0n, 0],
  [0x01803456, 0n, 0],
  [0x02800056, 0n, 0],
  [0x03800000, 0n, 0],
  [0x04800000, 0n, 0],
  [0x01123456, 0x12n, 0x01120000],
  [0x02123456, 0x1234n, 0x02123400],
  [0x03123456, 0x123456n, 0x03123456],
  [0x04123456, 0x12345600n, 0x04123456],
  [0x05009234, 0x92340000n, 0x05009234],
  [0x20123456, 0x123456n << 232n, 0x20123456],
] as const

/** The same, negative. */
const NEGATIVE = [
  [0x01fedcba, 0x7en],
  [0x04923456, 0x12345600n],
] as const

describe('compact target', () => {
  it.each(CORE)('%i is neither negative nor too large', (bits, target, again) => {
    expect(decodeCompact(bits)).toEqual({ target, negative: false, overflow: false })
    expect(encodeCompact(target)).toBe(again)
    expect(targetOfBits(bits)).toBe(target === 0n ? undefined : target)
  })

  it.each(NEGATIVE)('%i is negative, and no target', (bits, target) => {
    expect(decodeCompact(bits)).toEqual({ target, negative: true, overflow: false })
    expect(targetOfBits(bits)).toBeUndefined()
  })

  it('does not take a high bit of the mantissa for the sign', () => {
    expect(encodeCompact(0x80n)).toBe(0x02008000)
    expect(encodeCompact(0x8000n)).toBe(0x03008000)
    expect(encodeCompact(0x800000n)).toBe(0x04008000)
  })

  it.each([0xff123456, 0x23000001, 0x22000100, 0x21010000])('%i is above 256 bits, and no target', (bits) => {
    expect(decodeCompact(bits)).toMatchObject({ overflow: true, negative: false })
    expect(targetOfBits(bits)).toBeUndefined()
  })

  it.each([
    [0x22000001, 1n << 248n],
    [0x210000ff, 0xffn << 240n],
    [0x2100ffff, 0xffffn << 240n],
    [0x207fffff, 0x7fffffn << 232n],
  ])('%i just fits', (bits, target) => {
    expect(targetOfBits(bits)).toBe(target)
  })

  it('rounds a target down, by less than one part in 2^15, and is exact from then on', () => {
    const target = fc.bigInt({ min: 1n, max: (1n << 256n) - 1n })
    fc.assert(
      fc.property(target, (exact) => {
        const bits = encodeCompact(exact)
        const rounded = targetOfBits(bits)!
        expect(rounded <= exact).toBe(true)
        expect((exact - rounded) << 15n < exact || exact < 1n << 15n).toBe(true)
        expect(encodeCompact(rounded)).toBe(bits)
      }),
    )
  })

  it('decodes any 32 bits as Bitcoin Core does', () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff })
    fc.assert(
      fc.property(word, (bits) => {
        // the steps of arith_uint256::SetCompact
        const size = bits >>> 24
        let mantissa = bits & 0x007fffff
        if (size <= 3) mantissa >>>= 8 * (3 - size)
        expect(decodeCompact(bits)).toEqual({
          target: size <= 3 ? BigInt(mantissa) : BigInt(mantissa) << BigInt(8 * (size - 3)),
          negative: mantissa !== 0 && (bits & 0x00800000) !== 0,
          overflow:
            mantissa !== 0 &&
            (size > 34 || (mantissa > 0xff && size > 33) || (mantissa > 0xffff && size > 32)),
        })
      }),
    )
  })
})

describe('work', () => {
  it("is 0x100010001 for Bitcoin's first target", () => {
    expect(workOfTarget(targetOfBits(0x1d00ffff)!)).toBe(0x1_0001_0001n)
  })

  it('is 2 at the easiest target of a test network, 1 for the largest number', () => {
    expect(workOfTarget(targetOfBits(0x207fffff)!)).toBe(2n)
    expect(workOfTarget((1n << 256n) - 1n)).toBe(1n)
  })

  it('is met by a hash that is at most the target, read as a number as it is shown', () => {
    const target = targetOfBits(0x1d00ffff)!
    expect(hashValue(GENESIS.hash as BlockHash) <= target).toBe(true)
    expect(hashValue('0'.repeat(63).concat('1') as BlockHash)).toBe(1n)
  })
})
