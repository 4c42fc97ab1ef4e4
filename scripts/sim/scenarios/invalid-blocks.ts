import { attackBlock, invalidPlan } from '../attack-blocks.ts'
import { keepAttacking } from '../attackers.ts'
import { createForgedChain, type ForgedChain } from '../forged-chain.ts'
import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const ATTACKERS = 3
/** From an attacker's start to its first block. */
const FIRST_BLOCK_MS = [10_000, 60_000] as const
const LIFE_MS = 90_000
/** From one invalid block of an attacker to its next, on average: with the first, more than half the hash rate. */
const BLOCK_MS = 270_000

export const invalidBlocks: Scenario = {
  name: 'invalid-blocks',
  summary: 'attackers with much hash rate announce blocks that break a rule, and come back under new names',
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    populate(world)
    const chance = world.chance.fork('spam')
    let sent = 0
    const stop = keepAttacking(world, { count: ATTACKERS, lifeMs: LIFE_MS }, (plan) => {
      let forged: ForgedChain
      return {
        ...plan,
        wrapChain(chain) {
          forged = createForgedChain(chain)
          return forged.chain
        },
        started({ chain, clock }) {
          const next = (ms: number): void =>
            void clock.after(ms, () => {
              sent += 1
              forged.announce(attackBlock(chain, clock, `bad ${sent}`, invalidPlan(chain, sent)))
              next(chance.exponential(BLOCK_MS))
            })
          next(chance.between(...FIRST_BLOCK_MS))
        },
      }
    })
    return {
      end: stop,
      check: () => [verdict('invalid blocks were sent', sent > 0, `${sent} blocks`)],
      figures: () => ({ invalidBlocks: sent }),
    }
  },
}
