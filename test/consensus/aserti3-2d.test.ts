import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { asertTarget } from '../../src/consensus/difficulty.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { encodeCompact, targetOfBits } from '../../src/primitives/target.ts'
import { createMersenneTwister } from './mersenne-twister.ts'
import {
  ASERT_HALF_LIFE,
  ASERT_LIMIT,
  ASERT_RUNS,
  ASERT_SEED,
  ASERT_SPACING,
  type AsertRun,
} from './vectors/aserti3-2d.ts'

/** The seconds from line `iteration` of a run to the next one. */
function createTimeSteps({ timeStep }: AsertRun): (iteration: number) => number {
  const random = createMersenneTwister(ASERT_SEED)
  switch (timeStep.kind) {
    case 'constant':
      return () => timeStep.seconds
    case 'uniform': {
      const count = timeStep.most - timeStep.least + 1
      return () => timeStep.least + Math.floor((random() * count) / 2 ** 32)
    }
    case 'exponential':
      return (iteration) => {
        // C++ makes a double of two words, the low one first.
        const fraction = (random() + random() * 2 ** 32) / 2 ** 64
        const seconds = Math.trunc(-Math.log(1 - fraction) * ASERT_SPACING)
        const factor = 1 + Math.floor(iteration / 10)
        if (timeStep.hashRate === 'rising') return Math.trunc(seconds / factor)
        return timeStep.hashRate === 'falling' ? seconds * factor : seconds
      }
  }
}

/** The lines of a run's file, with our targets. */
function linesOf(run: AsertRun): string[] {
  const step = createTimeSteps(run)
  const lines: string[] = []
  let height = run.startHeight
  let time = run.startTime
  for (let iteration = 1; iteration <= run.iterations; iteration++) {
    const target = asertTarget({
      anchorTarget: targetOfBits(run.anchorBits)!,
      elapsedSeconds: time - run.anchorParentTime,
      // The specification counts time from the anchor's parent, and so one height more.
      elapsedHeights: Number(height - run.anchorHeight) + 1,
      spacing: ASERT_SPACING,
      halfLife: ASERT_HALF_LIFE,
      limit: ASERT_LIMIT,
    })
    const bits = encodeCompact(target).toString(16).padStart(8, '0')
    lines.push(`${iteration} ${height} ${time} 0x${bits}`)
    height += run.heightStep
    time += step(iteration)
  }
  return lines
}

const digestOf = (lines: readonly string[]): string =>
  toHex(sha256(new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''))))

describe('the public aserti3-2d vectors are reproduced line for line', () => {
  it.each(ASERT_RUNS)('$name: $description', (run) => {
    const lines = linesOf(run)
    expect(lines.at(-1)).toBe(run.last)
    expect(digestOf(lines)).toBe(run.sha256)
  })

  it('all 14,000 of them', () => {
    expect(ASERT_RUNS.reduce((sum, run) => sum + run.iterations, 0)).toBe(14_000)
  })

  it('with the Mersenne Twister of the C++ standard', () => {
    const random = createMersenneTwister(5489)
    for (let i = 1; i < 10_000; i++) random()
    expect(random()).toBe(4_123_659_995)
  })
})
