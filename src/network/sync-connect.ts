import type { Result } from '../base/result.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted, ChainControl } from '../ports/chain.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { Arrival } from './sync-window.ts'

/** Blocks that the chain has at once: enough that it can look at the next while it verifies and writes others. */
const MAX_OFFERED = 8

export interface BlockFeedDependencies {
  readonly chain: Pick<ChainControl, 'acceptBlock'>
  /** told of each verdict, in the order of the offers */
  readonly judged: (arrival: Arrival, verdict: Result<BlockAccepted, RuleViolation>) => void
  /** told where the chain could not judge one, which is our failure; those behind it may be told of as well */
  readonly failed: (arrival: Arrival, error: unknown) => void
}

/** Hands blocks to the chain in order, several before the first is done. */
export interface BlockFeed {
  /** sum of the bytes of the blocks that were offered and are not judged */
  readonly bytes: number
  /** whether the block is one of them */
  has(hash: BlockHash): boolean
  /** Resolves when the next may be offered. */
  offer(arrival: Arrival): Promise<void>
  /** Resolves when all that were offered are judged. */
  idle(): Promise<void>
}

export function createBlockFeed({ chain, judged, failed }: BlockFeedDependencies): BlockFeed {
  const offered: Promise<void>[] = []
  let last: Promise<void> = Promise.resolve()
  const underWay = new Set<BlockHash>()
  let bytes = 0

  async function judge(arrival: Arrival, before: Promise<void>): Promise<void> {
    const verdict = chain.acceptBlock(arrival.block)
    verdict.catch(() => {})
    const { hash, bytes: block } = arrival.block
    underWay.add(hash)
    bytes += block.length
    await before
    const [outcome] = await Promise.allSettled([verdict])
    underWay.delete(hash)
    bytes -= block.length
    if (outcome.status === 'fulfilled') judged(arrival, outcome.value)
    else failed(arrival, outcome.reason)
  }

  return {
    get bytes() {
      return bytes
    },
    has: (hash) => underWay.has(hash),
    async offer(arrival) {
      last = judge(arrival, last)
      offered.push(last)
      if (offered.length >= MAX_OFFERED) await offered.shift()
    },
    idle: () => last,
  }
}
