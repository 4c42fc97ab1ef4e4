import type { Transport } from '../../../src/ports/transport.ts'
import { pay } from '../../../test/support/key.ts'
import { withOverrides } from '../../../test/support/overrides.ts'
import { attackBlock } from '../attack-blocks.ts'
import { keepAttacking } from '../attackers.ts'
import { createForgedChain, type ForgedChain } from '../forged-chain.ts'
import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import type { NodeParts } from '../sim-node.ts'
import { verdict } from '../verdicts.ts'

const ATTACKERS = 3
/** From an attacker's start to its first block. */
const FIRST_BLOCK_MS = [10_000, 60_000] as const
const LIFE_MS = 180_000
/** From one block of an attacker to its next, on average. */
const BLOCK_MS = 450_000

const FEE = 1_000

/** Serves hellos, and takes every other question without ever answering it. */
const withholding = ({ transport }: NodeParts): Transport =>
  withOverrides<Transport>(transport, {
    handle: (protocol, limits, run) =>
      transport.handle(
        protocol,
        limits,
        protocol.includes('/hello/') ? run : () => new Promise<never>(() => {}),
      ),
  })

export const withheldBlocks: Scenario = {
  name: 'withheld-blocks',
  summary: 'attackers with much hash rate announce valid blocks and never hand them out',
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    populate(world)
    const chance = world.chance.fork('withheld')
    let announced = 0
    /** A payment that nobody has heard of: without it the block cannot be put together. */
    function secretPayment() {
      const { hostileCoins } = world.history
      const { outPoint, value, key } = hostileCoins[announced % hostileCoins.length]!
      return pay(
        [{ outPoint, coin: { value }, key }],
        [{ value: value - FEE, scriptPubKey: key.scriptPubKey }],
      )
    }
    const stop = keepAttacking(world, { count: ATTACKERS, lifeMs: LIFE_MS }, (plan) => {
      let forged: ForgedChain
      return {
        ...plan,
        wrapChain(chain) {
          forged = createForgedChain(chain)
          return forged.chain
        },
        wrapTransport: withholding,
        started({ chain, clock }) {
          const next = (ms: number): void =>
            void clock.after(ms, () => {
              announced += 1
              forged.announce(
                attackBlock(chain, clock, `withheld ${announced}`, {
                  transactions: [secretPayment()],
                  fees: FEE,
                }),
              )
              next(chance.exponential(BLOCK_MS))
            })
          next(chance.between(...FIRST_BLOCK_MS))
        },
      }
    })
    return {
      end: stop,
      check: () => [verdict('blocks were withheld', announced > 0, `${announced} blocks`)],
      figures: () => ({ withheldBlocks: announced }),
    }
  },
}
