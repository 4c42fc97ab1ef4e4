import { malformedField } from '../../protocols/message.ts'
import type { WireFault } from '../../protocols/wire-fault.ts'
import type { Result } from '../base/result.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted, ChainControl } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import { type Block, createBlockDecoder } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { Arrival } from './sync-window.ts'

/** Blocks that the chain has at once: enough that it can look at the next while it verifies and writes others. */
const MAX_OFFERED = 8
/** Bytes of them, unless it is a single one: decoded, hostile blocks take up to fifteen times their bytes. */
const MAX_OFFERED_BYTES = 8_000_000

export interface BlockFeedDependencies {
  readonly chain: Pick<ChainControl, 'acceptBlock'>
  readonly clock: Pick<Clock, 'turn'>
  /** told of each verdict, in the order of the offers */
  readonly judged: (arrival: Arrival, verdict: Result<BlockAccepted, RuleViolation | WireFault>) => void
  /** told where the chain could not judge one, which is our failure; those behind it may be told of as well */
  readonly failed: (arrival: Arrival, error: unknown) => void
}

/** Decodes blocks in their turn and hands them to the chain in order, several before the first is done. */
export interface BlockFeed {
  /** sum of the bytes of the blocks that were offered and are not judged */
  readonly bytes: number
  /** whether the block is one of them */
  has(hash: BlockHash): boolean
  /** Resolves when the next may be offered. One at a time. */
  offer(arrival: Arrival): Promise<void>
  /** Resolves when all that were offered are judged. */
  idle(): Promise<void>
}

export function createBlockFeed({ chain, clock, judged, failed }: BlockFeedDependencies): BlockFeed {
  const offered: Promise<void>[] = []
  let last: Promise<void> = Promise.resolve()
  const underWay = new Set<BlockHash>()
  let bytes = 0

  async function decodeInSteps({ hash, bytes }: Arrival): Promise<Result<Block, WireFault>> {
    const decoder = createBlockDecoder(bytes)
    while (!decoder.step()) await clock.turn()
    const block = decoder.result()
    return block.ok ? block : malformedField('block', { hash, reason: block.error.code })
  }

  async function judge(
    arrival: Arrival,
    verdict: Promise<Result<BlockAccepted, RuleViolation | WireFault>>,
    before: Promise<void>,
  ): Promise<void> {
    verdict.catch(() => {})
    await before
    const [outcome] = await Promise.allSettled([verdict])
    underWay.delete(arrival.hash)
    bytes -= arrival.bytes.length
    if (outcome.status === 'fulfilled') judged(arrival, outcome.value)
    else failed(arrival, outcome.reason)
  }

  return {
    get bytes() {
      return bytes
    },
    has: (hash) => underWay.has(hash),
    async offer(arrival) {
      underWay.add(arrival.hash)
      bytes += arrival.bytes.length
      while (offered.length >= MAX_OFFERED || (offered.length > 0 && bytes > MAX_OFFERED_BYTES))
        await offered.shift()
      const block = await decodeInSteps(arrival)
      const verdict = block.ok ? chain.acceptBlock(block.value) : Promise.resolve(block)
      last = judge(arrival, verdict, last)
      offered.push(last)
    },
    idle: () => last,
  }
}
