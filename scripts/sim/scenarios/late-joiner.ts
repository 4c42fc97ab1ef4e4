import { honestPlan, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const JOINERS = 2
/** Of the run. */
const JOIN_AT = 0.6
const KNOWN = 3
const LOOK_MS = 250

export const lateJoiner: Scenario = {
  name: 'late-joiner',
  summary: 'two nodes with empty disks join late, and know three peers',
  leastNodes: 4,
  leastMinutes: 3,
  stage(world) {
    const nodes = populate(world)
    const chance = world.chance.fork('joiners')
    const syncMs: number[] = []
    world.later(JOIN_AT * world.settings.minutes * 60_000, () => {
      for (let i = 0; i < JOINERS; i++) {
        const bootstrap = Array.from({ length: KNOWN }, () => chance.pick(nodes).plan)
        const joiner = world.add({ ...honestPlan(world, world.nodes.length), bootstrap }, false)
        const from = world.time.now
        const look = (): void => {
          const tip = joiner.running()?.chain.tip()
          const theirs = nodes[0]!.running()!.chain.tip()
          if (tip !== undefined && tip.work >= theirs.work) syncMs.push(world.time.now - from)
          else world.later(LOOK_MS, look)
        }
        world.start(joiner, 0)
        world.later(LOOK_MS, look)
      }
    })
    return {
      check: () => [
        verdict(
          'the late joiners have synced',
          syncMs.length === JOINERS,
          `after ${syncMs.join(' and ')} ms`,
        ),
      ],
      figures: () => ({ slowestSyncSeconds: Math.max(0, ...syncMs) / 1000 }),
    }
  },
}
