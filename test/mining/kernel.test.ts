import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { createNonceKernel, NONCE_SPACE } from '../../src/mining/kernel.ts'
import { hashWithNonce, naiveScan } from './naive-scan.ts'

const kernel = createNonceKernel()

/** Headers of Bitcoin's main chain, all mined at the first difficulty or with a few more zeros. */
const BITCOIN = [
  {
    height: 0,
    nonce: 2083236893,
    bits: 0xffffn << 208n,
    header:
      '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
      '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  },
  {
    height: 1,
    nonce: 2573394689,
    bits: 0xffffn << 208n,
    header:
      '010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee1467' +
      '7ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299',
  },
  {
    height: 125_552,
    nonce: 2504433986,
    bits: 0x44b9f2n << 184n,
    header:
      '0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae' +
      '710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695',
  },
]

const headers = fc.uint8Array({ minLength: 80, maxLength: 80 })
const counts = fc.integer({ min: 0, max: 300 })
/** From every second hash to one in 256. */
const targets = fc.bigInt({ min: 1n << 248n, max: 1n << 255n })

describe('nonce kernel', () => {
  it.each(BITCOIN)('finds the nonce of Bitcoin block $height', ({ header, nonce, bits }) => {
    const range = { header: fromHex(header)!, target: bits, start: nonce - 1_001, count: 100_000 }
    expect(kernel.scan(range)).toBe(nonce)
  })

  it('finds the same first nonce as a scan one by one, in ranges of any length', () => {
    const starts = fc.integer({ min: 0, max: NONCE_SPACE - 300 })
    fc.assert(
      fc.property(headers, targets, starts, counts, (header, target, start, count) => {
        const range = { header, target, start, count }
        expect(kernel.scan(range)).toBe(naiveScan(range))
      }),
    )
  })

  it('stops at the end of the nonce space and does not go on at zero', () => {
    fc.assert(
      fc.property(headers, targets, fc.integer({ min: 0, max: 12 }), (header, target, count) => {
        const range = { header, target, start: NONCE_SPACE - count, count }
        expect(kernel.scan(range)).toBe(naiveScan(range))
      }),
    )
  })

  it('goes on after a hash that has the first word of the target and is above it', () => {
    fc.assert(
      fc.property(headers, targets, counts, (header, target, count) => {
        const near = naiveScan({ header, target, start: 0, count })
        fc.pre(near !== undefined)
        const hash = hashWithNonce(header, near!)
        const below = { header, target: hash - 1n, start: 0, count }
        expect(kernel.scan({ ...below, target: hash })).toBe(near)
        expect(kernel.scan(below)).toBe(naiveScan(below))
      }),
    )
  })

  it('does not look at the nonce that the header comes with, nor change the header', () => {
    const header = fromHex(BITCOIN[0]!.header)!
    const before = header.slice()
    const range = { target: 1n << 250n, start: 0, count: 1_000 }
    const found = kernel.scan({ header, ...range })
    expect(header).toEqual(before)
    header.fill(0xff, 76)
    expect(kernel.scan({ header, ...range })).toBe(found)
  })

  it('takes every hash under the largest target and none under zero', () => {
    const header = new Uint8Array(80)
    expect(kernel.scan({ header, target: (1n << 256n) - 1n, start: 7, count: 1 })).toBe(7)
    expect(kernel.scan({ header, target: 1n << 256n, start: 7, count: 1 })).toBe(7)
    expect(kernel.scan({ header, target: 0n, start: 0, count: 4_096 })).toBeUndefined()
  })

  it('refuses a range that leaves the nonce space', () => {
    const range = { header: new Uint8Array(80), target: 0n, start: NONCE_SPACE - 4, count: 5 }
    expect(() => kernel.scan(range)).toThrow('within the nonce space')
  })
})
