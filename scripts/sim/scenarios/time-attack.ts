import { addAttackers } from '../attackers.ts'
import { SIM_NETWORK } from '../history.ts'
import { EPOCH_MS } from '../node-clock.ts'
import { honestNodes, NETWORK_RATE, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const HASH_SHARE = 0.3
const ATTACKERS = 3
/** Their clocks are ahead by what the rules allow, less the error of honest clocks. */
const AHEAD_MS = (SIM_NETWORK.futureLimit - 5) * 1000
/** One honest clock in so many is wrong by up to a minute. */
const WRONG_CLOCKS = 8
const WRONG_MS = 60_000

export const timeAttack: Scenario = {
  name: 'time-attack',
  summary:
    'three tenths of the hash rate write times as far ahead as the rules allow; some honest clocks are a minute off',
  // Blocks that a slow clock takes for too new are taken later, and others are mined meanwhile.
  limits: { staleRate: 0.25 },
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    const chance = world.chance.fork('clocks')
    populate(world, {
      hashShare: 1 - HASH_SHARE,
      change: (plan) =>
        plan.index % WRONG_CLOCKS !== WRONG_CLOCKS - 1
          ? plan
          : { ...plan, clock: { ...plan.clock, skewMs: chance.between(-WRONG_MS, WRONG_MS) } },
    })
    addAttackers(world, ATTACKERS, (plan) => ({
      ...plan,
      hashesPerSecond: (NETWORK_RATE * HASH_SHARE) / ATTACKERS,
      clock: { skewMs: AHEAD_MS, driftPpm: 0 },
    }))
    const ahead = (): number => {
      const tip = honestNodes(world)[0]!.running()!.chain.tip()
      return tip.medianTimePast - (EPOCH_MS + world.time.now) / 1000
    }
    return {
      check: () => [
        verdict(
          'the chain does not run ahead of time',
          ahead() < SIM_NETWORK.futureLimit,
          `its median time is ${ahead().toFixed(0)} s ahead`,
        ),
      ],
      figures: () => ({ medianTimeAheadSeconds: ahead() }),
    }
  },
}
