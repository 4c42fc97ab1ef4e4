import type { Chain, ChainEntry } from '../../../src/ports/chain.ts'
import { withOverrides } from '../../../test/support/overrides.ts'
import { keepAttacking } from '../attackers.ts'
import { cheapBranch } from '../header-forks.ts'
import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const ATTACKERS = 6
const LIFE_MS = 120_000
/** Branches that are made beforehand; each answer has another one. */
const BRANCHES = 50
/** Their work stays below that of the honest chain less 144 blocks. */
const BRANCH_HEADERS = 60
const CLAIMED_BLOCKS = 100_000

export const headerFlood: Scenario = {
  name: 'header-flood',
  summary:
    'attackers claim a chain of great work and answer every question with another branch of cheap headers',
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    populate(world)
    const chance = world.chance.fork('flood')
    const branches = Array.from({ length: BRANCHES }, () => cheapBranch(BRANCH_HEADERS, chance))
    let sent = 0
    const stop = keepAttacking(world, { count: ATTACKERS, lifeMs: LIFE_MS }, (plan) => ({
      ...plan,
      wrapChain(chain) {
        const claimed = (): ChainEntry => {
          const tip = chain.tip()
          const header = branches[0]!.at(-1)!
          return { ...tip, header, hash: header.hash, height: CLAIMED_BLOCKS, work: tip.work * 100n }
        }
        return withOverrides<Chain>(chain, {
          tip: claimed,
          headersAfter(locator, _stop, max) {
            if (!locator.includes(chain.genesis.hash)) return []
            sent += BRANCH_HEADERS
            return chance.pick(branches).slice(0, max)
          },
        })
      },
    }))
    return {
      end: stop,
      check: () => [verdict('headers were sent', sent > 0, `${sent} headers`)],
      figures: () => ({ cheapHeaders: sent }),
    }
  },
}
