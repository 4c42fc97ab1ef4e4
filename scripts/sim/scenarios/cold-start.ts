import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'

const SEEDS = 2

/** The chain exists only on the seeds, and nobody knows anybody else. */
export const coldStart: Scenario = {
  name: 'cold-start',
  summary: 'all but two nodes begin with an empty disk and know only these two',
  leastNodes: 6,
  leastMinutes: 3,
  stage(world) {
    populate(world, {
      knows: (index, others) => others.slice(0, SEEDS).filter((_, seed) => seed !== index),
      hasHistory: (index) => index < SEEDS,
    })
    return {}
  },
}
