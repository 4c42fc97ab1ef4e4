import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import { SIM_NETWORK } from './history.ts'
import type { HeldMost } from './memory.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** What has to hold after a run, and by how much. */
export interface Limits {
  /** after the end all honest nodes have one tip before so many further blocks */
  readonly agreeWithinBlocks: number
  /** the greatest share of blocks that end up beside the best chain */
  readonly staleRate: number
  readonly held: HeldMost
}

export const LIMITS: Limits = {
  agreeWithinBlocks: 6,
  staleRate: 0.1,
  held: {
    mempoolBytes: 1_000_000,
    sideHeaders: 100,
    gossipBytes: 8_000_000,
    streams: 400,
    unreadBytes: 16_000_000,
    queuedBytes: 16_000_000,
    connections: 72,
    knownPeers: 4_096,
  },
}

/** One thing that has to hold. */
export interface Verdict {
  readonly name: string
  readonly holds: boolean
  /** what was found, for people */
  readonly found: string
}

export const verdict = (name: string, holds: boolean, found: string): Verdict => ({ name, holds, found })

export function memoryVerdict(most: HeldMost, limits: HeldMost): Verdict {
  const above = Object.entries(most).filter(([key, value]) => value > limits[key as keyof HeldMost])
  return verdict(
    'memory is bounded',
    above.length === 0,
    above.length === 0
      ? 'every node is below every limit'
      : above.map(([key, value]) => `${key} ${value}`).join(', '),
  )
}

/** Asks every node for its coins: nothing may move the tip meanwhile. */
export async function moneyVerdict(world: World, nodes: readonly SimNode[]): Promise<Verdict> {
  const asked = Promise.all(
    nodes.map(async (node) => {
      const { chain } = node.running()!
      return { height: chain.tip().height, ...(await chain.coinStatistics()) }
    }),
  )
  asked.catch(world.fail)
  await world.play(1_000)
  const answers = await asked
  const [first] = answers
  if (first === undefined) return verdict('no money is made or lost', false, 'no node runs')
  let minted = 0
  for (let height = 1; height <= first.height; height++) minted += blockSubsidy(height, SIM_NETWORK)
  const differ = answers.filter(({ digest, total }) => digest !== first.digest || total !== first.total)
  return verdict(
    'no money is made or lost',
    differ.length === 0 && first.total === minted,
    `${first.total} base units on ${answers.length - differ.length} of ${answers.length} nodes, ${minted} minted`,
  )
}
