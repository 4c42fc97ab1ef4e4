import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'

export const steady: Scenario = {
  name: 'steady',
  summary: 'nothing goes wrong but what always does: latency, loss, slow lines, clocks half a second off',
  leastNodes: 4,
  leastMinutes: 2,
  stage(world) {
    populate(world)
    return {}
  },
}
