import { parseArgs } from 'node:util'
import {
  countBlocks,
  measureAfterOff,
  measureIntervalChange,
  measureRecovery,
} from '../support/difficulty-measures.ts'
import { simulatedNetwork, type Timestamps } from '../support/difficulty-simulation.ts'
import { atLeast, atMost, type Bench, median } from './bench.ts'

const NETWORKS = {
  capped: simulatedNetwork(7200),
  uncapped: simulatedNetwork(null),
} as const
const TIMESTAMPS: readonly Timestamps[] = ['old', 'future', 'zigzag']

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const titled = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

export const bench: Bench = {
  name: 'difficulty',
  description:
    'the capped gap beside uncapped ASERT: network off, hash rate lost, miners who lie about the time',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: '20' },
        blocks: { type: 'string', default: '8000' },
        spacings: { type: 'string', default: '20000' },
      },
    })
    const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => `difficulty ${i}`)
    const blocks = Number(values.blocks)
    const spacings = Number(values.spacings)
    const figures: Record<string, number> = {}

    for (const [kind, parameters] of Object.entries(NETWORKS)) {
      process.stderr.write(`${kind}: the network off, the hash rate lost\n`)
      const after = seeds.map((seed) => measureAfterOff(parameters, seed, { off: 2_000, watched: 200 }))
      figures[`${kind}BlocksIn200T`] = median(after.map((each) => each.blocks))
      figures[`${kind}FastestIntervalT`] = Math.min(...after.map((each) => each.fastestInterval))
      figures[`${kind}RecoveryT`] = median(seeds.map((seed) => measureRecovery(parameters, seed, 100)))

      const change = (share: number, timestamps: Timestamps): number =>
        mean(seeds.map((seed) => measureIntervalChange(parameters, seed, { share, timestamps }, blocks)))
      process.stderr.write(`${kind}: miners who lie about the time\n`)
      figures[`${kind}HonestIntervalChangePercent`] = change(0, 'old')
      const changes: number[] = []
      for (const timestamps of TIMESTAMPS) {
        const percent = change(0.6, timestamps)
        figures[`${kind}60${titled(timestamps)}IntervalChangePercent`] = percent
        changes.push(Math.abs(percent))
      }
      figures[`${kind}60GreatestIntervalChangePercent`] = Math.max(...changes)
      for (const timestamps of ['future', 'zigzag'] as const)
        figures[`${kind}80${titled(timestamps)}IntervalChangePercent`] = change(0.8, timestamps)

      process.stderr.write(`${kind}: where old timestamps win\n`)
      for (const percent of [70, 75, 80]) {
        const counts = seeds.map((seed) => countBlocks(parameters, seed, percent / 100, spacings))
        figures[`${kind}${percent}OldBlocks`] = median(counts)
        // What is left of the chain in a run that has gone wrong is far below one half.
        figures[`${kind}${percent}OldStalledPercent`] =
          (100 * counts.filter((count) => count < spacings / 2).length) / seeds.length
      }
    }
    return {
      figures,
      goals: [
        atMost(figures, 'cappedBlocksIn200T', 500),
        atLeast(figures, 'uncappedBlocksIn200T', 1_500),
        atMost(figures, 'capped60GreatestIntervalChangePercent', 1),
      ],
    }
  },
}
