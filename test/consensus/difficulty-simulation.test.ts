import { describe, expect, it } from 'vitest'
import {
  countBlocks,
  measureAfterOff,
  measureIntervalChange,
  measureRecovery,
} from '../support/difficulty-measures.ts'
import { simulatedNetwork } from '../support/difficulty-simulation.ts'

// Smaller runs of `npm run bench -- difficulty`, whose figures stand in src/consensus/README.md.
const CAPPED = simulatedNetwork(7200)
const UNCAPPED = simulatedNetwork(null)
const SEEDS = ['one', 'two', 'three']

describe('after the network was off for 2,000 spacings', () => {
  it.each(SEEDS)('the cap keeps the next blocks from coming in a burst (%s)', (seed) => {
    const scenario = { off: 2_000, watched: 200 }
    const capped = measureAfterOff(CAPPED, seed, scenario)
    const uncapped = measureAfterOff(UNCAPPED, seed, scenario)
    expect(capped.blocks).toBeLessThan(500)
    expect(uncapped.blocks).toBeGreaterThan(1_500)
    expect(capped.fastestInterval).toBeGreaterThan(0.1)
    expect(uncapped.fastestInterval).toBeLessThan(0.01)
  })
})

describe('after the hash rate fell 100-fold', () => {
  it.each(SEEDS)('the cap costs next to no time on the way back (%s)', (seed) => {
    const uncapped = measureRecovery(UNCAPPED, seed, 100)
    expect(uncapped).toBeLessThan(1_500)
    // At 100 spacings to a block a gap above the cap of 240 is rare; what it leaves out comes on top.
    expect(measureRecovery(CAPPED, seed, 100)).toBeLessThan(uncapped + 300)
  })
})

describe('miners who lie about the time', () => {
  it.each(['old', 'future', 'zigzag'] as const)(
    'change the mean interval by less than 1 %% with 60 %% of the hash rate: %s timestamps',
    (timestamps) => {
      const change = measureIntervalChange(CAPPED, 'one', { share: 0.6, timestamps }, 8_000)
      expect(Math.abs(change)).toBeLessThan(1)
    },
  )

  it('drive the difficulty up without end with 80 % and old timestamps: the limit that the README states', () => {
    const counts = SEEDS.map((seed) => countBlocks(CAPPED, seed, 0.8, 20_000))
    expect(Math.min(...counts)).toBeLessThan(5_000)
    for (const seed of SEEDS) expect(countBlocks(CAPPED, seed, 0.6, 20_000)).toBeGreaterThan(19_500)
  })
})
