import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advanceSchedule,
  asertTarget,
  genesisSchedule,
  nextBits,
  type ScheduleState,
} from '../../src/consensus/difficulty.ts'
import { builtInNetwork } from '../../src/consensus/networks.ts'
import { targetOfBits } from '../../src/primitives/target.ts'

const MAIN = builtInNetwork('main')
const LIMIT = targetOfBits(0x1d00ffff)!
const SPACING = 600
const HALF_LIFE = 172_800

const target = (anchorTarget: bigint, elapsedSeconds: number, elapsedHeights: number): bigint =>
  asertTarget({
    anchorTarget,
    elapsedSeconds,
    elapsedHeights,
    spacing: SPACING,
    halfLife: HALF_LIFE,
    limit: LIMIT,
  })

describe('aserti3-2d', () => {
  const anchor = targetOfBits(0x1a2b3c4d)!

  it('keeps the target on schedule', () => {
    for (const heights of [1, 10, 100_000]) expect(target(anchor, heights * SPACING, heights)).toBe(anchor)
  })

  it('doubles it a half-life behind and halves it a half-life ahead', () => {
    expect(target(anchor, 100 * SPACING + HALF_LIFE, 100)).toBe(anchor * 2n)
    expect(target(anchor, 1_000 * SPACING - HALF_LIFE, 1_000)).toBe(anchor / 2n)
  })

  it('follows 2^(behind / half-life) within 0.02 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8 * HALF_LIFE, max: 8 * HALF_LIFE }), (behind) => {
        const got = Number(target(anchor, 100_000 * SPACING + behind, 100_000))
        const wanted = Number(anchor) * 2 ** (behind / HALF_LIFE)
        expect(Math.abs(got / wanted - 1)).toBeLessThan(0.0002)
      }),
    )
  })

  it('never leaves the range from 1 to the limit, however wild the times', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 32), max: 2 ** 32 }), fc.nat(2 ** 31), (seconds, heights) => {
        const got = target(anchor, seconds, heights)
        expect(got >= 1n && got <= LIMIT).toBe(true)
      }),
    )
  })

  it('is easier the more time has passed', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.nat(100_000), (seconds, more) => {
        expect(target(anchor, seconds + more, 5_000) >= target(anchor, seconds, 5_000)).toBe(true)
      }),
    )
  })
})

describe('the capped gap', () => {
  const scheduleAt = (...times: number[]): ScheduleState =>
    times.reduce(
      (state, time) => advanceSchedule(state, MAIN.genesisTime + time, MAIN.gapCap),
      genesisSchedule(MAIN.genesisTime),
    )

  it('leaves out what a gap has above its cap, and nothing of a shorter one', () => {
    expect(scheduleAt(30, 60).lost).toBe(0)
    expect(scheduleAt(30, 30 + 7200).lost).toBe(0)
    expect(scheduleAt(30, 30 + 7201).lost).toBe(1)
    expect(scheduleAt(30, 30 + 86_400).lost).toBe(86_400 - 7200)
  })

  it('is measured from the greatest timestamp, so that old ones lose no time', () => {
    expect(scheduleAt(10_000).lost).toBe(2_800)
    expect(scheduleAt(7_000, 10, 14_000, 20, 21_000).lost).toBe(0)
    expect(scheduleAt(7_000, 10, 14_201).lost).toBe(1)
  })

  it('makes the next target the same however long the network was off', () => {
    const day = scheduleAt(30, 30 + 86_400)
    const month = scheduleAt(30, 30 + 30 * 86_400)
    expect(nextBits(MAIN, day)).toBe(nextBits(MAIN, month))
  })
})

describe('a network without spacing', () => {
  it('keeps its difficulty for ever', () => {
    const dev = builtInNetwork('dev')
    const state = advanceSchedule(genesisSchedule(dev.genesisTime), dev.genesisTime + 10 ** 8, dev.gapCap)
    expect(nextBits(dev, state)).toBe(dev.initialBits)
  })
})
