import { honestNodes, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

/** Of the run: when the network splits, and when it heals. */
const SPLIT_AT = 0.2
const HEAL_AT = 0.6
const LOOK_MS = 1_000

export const partition: Scenario = {
  name: 'partition',
  summary: 'the network splits into halves for two fifths of the time, each with its own chain, and heals',
  // Of two branches one is lost as a whole.
  limits: { staleRate: 0.6 },
  leastNodes: 8,
  leastMinutes: 5,
  stage(world) {
    populate(world)
    const totalMs = world.settings.minutes * 60_000
    const sides = world.chance.fork('sides')
    // By chance, so that both sides have miners.
    const sideOf = world.nodes.map((_, index) => (index < 2 ? index : sides.below(2)))
    let healedAt = 0
    let tipsBefore = 0
    let healMs: number | undefined
    const countTips = (): number =>
      new Set(honestNodes(world).map((node) => node.running()!.chain.tip().hash)).size
    const look = (): void => {
      if (countTips() === 1) healMs = world.time.now - healedAt
      else world.later(LOOK_MS, look)
    }
    world.later(SPLIT_AT * totalMs, () => world.partition((index) => sideOf[index] ?? 0))
    world.later(HEAL_AT * totalMs, () => {
      tipsBefore = countTips()
      healedAt = world.time.now
      world.partition(undefined)
      look()
    })
    return {
      check: () => [
        verdict('the halves had chains of their own', tipsBefore > 1, `${tipsBefore} tips`),
        verdict('the network has healed', healMs !== undefined, `after ${healMs} ms`),
      ],
      figures: () => ({ healSeconds: (healMs ?? 0) / 1000 }),
    }
  },
}
