import { testKey } from '../../../test/support/key.ts'
import { addAttacker } from '../attackers.ts'
import { createDisk } from '../disk.ts'
import { honestNodes, NETWORK_RATE, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { createSelfishPool, type SelfishPool } from '../selfish-pool.ts'
import { verdict } from '../verdicts.ts'

const HASH_SHARE = 0.3
/**
 * Its share of the best chain is 0.27 to 0.36 in the long run, by how many of the others mine on its block in a race;
 * a run of an hour has some 100 blocks, and a standard deviation of 0.05.
 */
const MOST_SHARE = 0.6

export const selfishMiner: Scenario = {
  name: 'selfish-miner',
  summary:
    'three tenths of the hash rate keep their blocks back and publish them by the strategy of Eyal and Sirer',
  // What it aims at: blocks of the others that are lost.
  limits: { staleRate: 0.5, agreeWithinBlocks: 10 },
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    populate(world, { hashShare: 1 - HASH_SHARE })
    let pool: SelfishPool | undefined
    addAttacker(world, (plan) => ({
      ...plan,
      targetOutbound: 32,
      wrapChain(known, { clock, signatures }) {
        pool = createSelfishPool({
          known,
          clock,
          signatures,
          chance: world.chance.fork('selfish'),
          disk: createDisk(world.history.contents, new Map()),
          hashesPerSecond: NETWORK_RATE * HASH_SHARE,
          key: testKey('selfish'),
        })
        return pool.chain
      },
      started: () => void pool?.start().catch(world.fail),
    }))
    const share = (): { blocks: number; of: number } => {
      const { chain } = honestNodes(world)[0]!.running()!
      const hashes = [...(pool?.found ?? [])].filter((hash) => chain.isConnected(hash))
      return { blocks: hashes.length, of: chain.tip().height - world.history.blocks.length }
    }
    return {
      end: () => void pool?.stop().catch(world.fail),
      check() {
        const { blocks, of } = share()
        return [
          verdict('it has not taken over', of < 20 || blocks / of <= MOST_SHARE, `${blocks} of ${of} blocks`),
        ]
      },
      figures() {
        const { blocks, of } = share()
        return {
          hashShare: HASH_SHARE,
          blocksFound: pool?.found.size ?? 0,
          shareOfChain: blocks / Math.max(1, of),
        }
      },
    }
  },
}
