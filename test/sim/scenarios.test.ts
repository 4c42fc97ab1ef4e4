import { describe, expect, it } from 'vitest'
import { SCENARIOS, scenarioNamed } from '../../scripts/sim/scenarios.ts'
import { DEFAULT_SETTINGS, type SimSettings } from '../../scripts/sim/settings.ts'
import { type SimReport, simulate } from '../../scripts/sim/simulate.ts'

const play = (settings: Partial<SimSettings>): Promise<SimReport> => {
  const all = { ...DEFAULT_SETTINGS, nodes: 8, minutes: 4, ...settings }
  return simulate(scenarioNamed(all.scenario)!, all, { stopwatch: () => 0 })
}

/** Sizes at which a scenario shows what it is about. */
const SIZES: Readonly<Record<string, Partial<SimSettings>>> = {
  eclipse: { nodes: 6 },
  partition: { minutes: 6 },
}

describe('a simulated network', () => {
  it.each(SCENARIOS.map(({ name }, index) => ({ name, seed: 100 + index })))(
    'holds in $name (seed $seed)',
    { timeout: 60_000 },
    async ({ name, seed }) => {
      const report = await play({ scenario: name, seed, ...SIZES[name] })
      expect(report.verdicts.filter(({ holds }) => !holds)).toEqual([])
      expect(report.passed).toBe(true)
    },
  )

  it('goes the same way with the same seed, and another way with another one', {
    timeout: 60_000,
  }, async () => {
    const settings = { scenario: 'rolling-crashes', nodes: 6, minutes: 3 }
    const [first, again, other] = [
      await play({ ...settings, seed: 7 }),
      await play({ ...settings, seed: 7 }),
      await play({ ...settings, seed: 8 }),
    ]
    const { heapPerNodeMB: _, ...all } = first
    expect(again).toMatchObject(all)
    expect(other.traceHash).not.toBe(first.traceHash)
  })
})
