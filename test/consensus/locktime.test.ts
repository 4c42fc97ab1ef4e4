import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFinal, sequenceLocksMet } from '../../src/consensus/locktime.ts'
import { medianTime } from '../../src/consensus/median-time.ts'
import { ZERO_HASH } from '../../src/primitives/hash.ts'
import type { TransactionFields } from '../../src/primitives/transaction.ts'

const transaction = (
  sequences: readonly number[],
  { version = 2, lockTime = 0 }: { readonly version?: number; readonly lockTime?: number } = {},
): TransactionFields => ({
  version,
  lockTime,
  outputs: [],
  inputs: sequences.map((sequence, vout) => ({
    prevout: { txid: ZERO_HASH, vout },
    scriptSig: new Uint8Array(0),
    sequence,
    witness: [],
  })),
})

const DISABLE = 0x8000_0000
const TIME = 0x0040_0000
/** A coin of height 100, on a chain whose median time past at height h is 1000 h seconds. */
const COIN_HEIGHT = 100
const COIN_TIME = 99_000

/** Whether a coin of `COIN_HEIGHT` may be spent with the sequence, in a block of that height or on that median time. */
function isMet(
  sequence: number,
  at: { readonly height?: number; readonly medianTimePast?: number; readonly version?: number },
): boolean {
  const { height = COIN_HEIGHT, medianTimePast = 0, version = 2 } = at
  return sequenceLocksMet(transaction([sequence], { version }), [{ height: COIN_HEIGHT }], {
    height,
    medianTimePast,
    medianTimePastAt: (ancestor) => 1_000 * ancestor,
  })
}

describe('BIP68: a relative lock by height', () => {
  it.each([
    [0, 100],
    [1, 101],
    [10, 110],
    [65_535, 65_635],
  ])('of %d blocks has passed at height %d and not one block before', (sequence, height) => {
    expect(isMet(sequence, { height })).toBe(true)
    expect(isMet(sequence, { height: height - 1 })).toBe(false)
  })
})

describe('BIP68: a relative lock by time', () => {
  it.each([
    [0, COIN_TIME],
    [1, COIN_TIME + 512],
    [2, COIN_TIME + 1_024],
    [65_535, COIN_TIME + 33_553_920],
  ])('of %d units of 512 s has passed at the median time %d and not one second before', (units, time) => {
    expect(isMet(TIME | units, { medianTimePast: time })).toBe(true)
    expect(isMet(TIME | units, { medianTimePast: time - 1 })).toBe(false)
  })

  it('does not look at heights, nor a lock by height at times', () => {
    expect(isMet(TIME | 1, { height: 1_000_000, medianTimePast: COIN_TIME })).toBe(false)
    expect(isMet(1, { height: COIN_HEIGHT, medianTimePast: 2 ** 32 })).toBe(false)
  })

  it('counts from genesis where the coin is of genesis, which has no block before it', () => {
    const context = { height: 5, medianTimePastAt: (height: number) => 7_000 + height }
    const lock = transaction([TIME | 1])
    expect(sequenceLocksMet(lock, [{ height: 0 }], { ...context, medianTimePast: 7_512 })).toBe(true)
    expect(sequenceLocksMet(lock, [{ height: 0 }], { ...context, medianTimePast: 7_511 })).toBe(false)
  })
})

describe('BIP68: a relative lock is', () => {
  it.each([
    ['switched off by bit 31', DISABLE | 50],
    ['switched off by bit 31, by time too', DISABLE | TIME | 50],
    ['switched off by the final sequence', 0xffff_ffff],
    ['switched off by the sequence of a lock time', 0xffff_fffe],
  ])('%s', (_, sequence) => {
    // `|` makes a signed number; sequences are unsigned.
    expect(isMet(sequence >>> 0, { height: COIN_HEIGHT })).toBe(true)
  })

  it('read from 16 bits and the type alone', () => {
    for (const bit of [16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30]) {
      expect(isMet((1 << bit) | 5, { height: 105 })).toBe(true)
      expect(isMet((1 << bit) | 5, { height: 104 })).toBe(false)
    }
  })

  it('asked of version 2 and above, read as unsigned', () => {
    expect(isMet(5, { version: 1 })).toBe(true)
    expect(isMet(5, { version: 0 })).toBe(true)
    for (const version of [2, 3, 0x8000_0000, 0xffff_ffff]) expect(isMet(5, { version })).toBe(false)
  })

  it('asked of each input, against its own coin', () => {
    const context = { height: 110, medianTimePast: 0, medianTimePastAt: () => 0 }
    const coins = [{ height: 100 }, { height: 105 }]
    expect(sequenceLocksMet(transaction([10, 5]), coins, context)).toBe(true)
    expect(sequenceLocksMet(transaction([11, 5]), coins, context)).toBe(false)
    expect(sequenceLocksMet(transaction([10, 6]), coins, context)).toBe(false)
  })
})

describe('BIP113: an absolute lock', () => {
  const THRESHOLD = 500_000_000

  it.each([
    // lock, height, median time past, passed
    ['of 0 has always passed', 0, 0, 0, true],
    ['of a height passes in the block after it', 100, 101, 0, true],
    ['of a height holds at that height', 100, 100, 0, false],
    ['below 500,000,000 is a height', THRESHOLD - 1, 1, 2 ** 32, false],
    ['below 500,000,000 passes by height alone', THRESHOLD - 1, THRESHOLD, 0, true],
    ['from 500,000,000 on is a time', THRESHOLD, THRESHOLD + 1, 0, false],
    ['of a time holds at that median time', THRESHOLD, 0, THRESHOLD, false],
    ['of a time passes a second later', THRESHOLD, 0, THRESHOLD + 1, true],
    ['of the last time there is passes only after it', 0xffff_ffff, 0, 0xffff_ffff, false],
  ])('%s', (_, lockTime, height, medianTimePast, passed) => {
    expect(isFinal(transaction([0], { lockTime }), height, medianTimePast)).toBe(passed)
  })

  it('is switched off only by final sequences on all inputs', () => {
    const final = 0xffff_ffff
    expect(isFinal(transaction([final, final], { lockTime: 100 }), 1, 0)).toBe(true)
    expect(isFinal(transaction([final, final - 1], { lockTime: 100 }), 1, 0)).toBe(false)
  })
})

describe('BIP113: the median time past', () => {
  it.each([
    [[5], 5],
    [[5, 7], 7],
    [[1, 2, 3], 2],
    [[1, 2, 3, 4], 3],
    [[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 6],
    [[100, 1, 1, 1, 1, 1, 200, 200, 200, 200, 200], 100],
  ])('of %j is %d', (times, median) => {
    expect(medianTime(times)).toBe(median)
  })

  it('does not depend on the order, and has at most five of eleven times on either side', () => {
    const times = fc.array(fc.nat({ max: 0xffff_ffff }), { minLength: 11, maxLength: 11 })
    fc.assert(
      fc.property(times, (given) => {
        const median = medianTime(given)
        expect(medianTime(given.toReversed())).toBe(median)
        expect(given.filter((time) => time < median).length).toBeLessThanOrEqual(5)
        expect(given.filter((time) => time > median).length).toBeLessThanOrEqual(5)
      }),
    )
  })
})
