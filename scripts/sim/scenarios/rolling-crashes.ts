import { honestNodes, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const FIRST_CRASH_MS = 40_000
/** Each node crashes about once in so many virtual minutes. */
const MINUTES_A_NODE = 6
/** How long a node is away, at least and at most. */
const AWAY_MS = [5_000, 90_000] as const

export const rollingCrashes: Scenario = {
  name: 'rolling-crashes',
  summary: 'one node after another dies in the middle of what it does and comes back from its disk',
  leastNodes: 6,
  leastMinutes: 3,
  stage(world) {
    const nodes = populate(world)
    const chance = world.chance.fork('crashes')
    let crashes = 0
    let ending = false
    const next = (ms: number): void =>
      world.later(ms, () => {
        if (ending) return
        next(chance.exponential((MINUTES_A_NODE * 60_000) / nodes.length))
        const alive = honestNodes(world)
        if (alive.length * 2 <= nodes.length) return
        const victim = chance.pick(alive)
        crashes += 1
        victim.crash(chance.below(2) === 0)
        world.later(chance.between(...AWAY_MS), () => (ending ? undefined : victim.start()))
      })
    next(FIRST_CRASH_MS)
    return {
      end() {
        ending = true
        for (const node of nodes) if (node.running() === undefined) world.start(node, 0)
      },
      check: () => [verdict('nodes have crashed', crashes > 0, `${crashes} crashes`)],
      figures: () => ({ crashes }),
    }
  },
}
