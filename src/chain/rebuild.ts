import type { ChainControl, ChainView } from '../ports/chain.ts'
import type { ReportProgress } from '../ports/progress.ts'
import { type Block, decodeBlock } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import { headerOrder } from './header-order.ts'

/** Blocks that were found somewhere, in no order and not checked. */
export interface StoredBlocks {
  /** every header that was found, of bodies and by itself */
  readonly headers: ReadonlyMap<BlockHash, BlockHeader>
  /** bytes of each body that was found */
  readonly bodies: ReadonlyMap<BlockHash, number>
  /** the tip that was connected, where that is known: at equal work it is kept */
  readonly tip: BlockHash | undefined
  /** The body's bytes, or undefined where they cannot be read after all. */
  read(hash: BlockHash): Promise<Uint8Array | undefined>
}

export interface Rebuilt {
  /** bodies in the new chain, genesis left out */
  readonly blocks: number
  /** those of them that wait for one below that is missing */
  readonly waiting: number
  readonly skipped: {
    /** bodies that turned out to be unreadable */
    readonly damaged: number
    /** bodies with an ancestor of which not even the header is there */
    readonly unconnected: number
    /** bodies that break a rule, or descend from one that does: how many by the rule's code */
    readonly refused: Readonly<Record<string, number>>
  }
}

export interface RebuildOptions {
  readonly report: ReportProgress
  readonly signal: AbortSignal
}

const HEADERS_AT_ONCE = 2_000

/** Blocks that the chain has been offered and has not answered for yet, and their bytes. */
const MAX_OFFERED = 64
const MAX_OFFERED_BYTES = 8_000_000

/**
 * Feeds stored blocks to a new chain that checks all of them as if they came from a peer, in the order of their
 * heights. Headers without a body go in as well: blocks above one that is missing are kept then, and wait for it.
 * In memory is, beside the chain itself, what is on its way to it.
 * @throws the signal's reason; whatever the chain's disk fails with
 */
export async function rebuildChain(
  stored: StoredBlocks,
  chain: ChainView & ChainControl,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const order = headerOrder(stored.headers, chain.genesis.hash, stored.tip)
  await acceptHeaders(order, chain, options.signal)
  const bodies = order.filter(({ hash }) => stored.bodies.has(hash))
  const { damaged, refused } = await takeBodies(bodies, stored, chain, options)

  const linked = new Set<BlockHash>([chain.genesis.hash])
  let blocks = 0
  for (const { hash, previous } of bodies) {
    if (!chain.hasBody(hash)) continue
    blocks += 1
    if (linked.has(previous)) linked.add(hash)
  }
  const found = stored.bodies.size - (stored.bodies.has(chain.genesis.hash) ? 1 : 0)
  return {
    blocks,
    waiting: blocks - (linked.size - 1),
    skipped: { damaged, unconnected: found - bodies.length, refused },
  }
}

async function acceptHeaders(
  order: readonly BlockHeader[],
  chain: ChainControl,
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < order.length; start += HEADERS_AT_ONCE) {
    signal.throwIfAborted()
    const batch = order.slice(start, start + HEADERS_AT_ONCE)
    if ((await chain.acceptHeaders(batch)).ok) continue
    // One of them breaks a rule: the others may still hold.
    for (const header of batch) await chain.acceptHeaders([header])
  }
}

/** Offers bodies to the chain in their order, several at once. */
async function takeBodies(
  order: readonly BlockHeader[],
  stored: StoredBlocks,
  chain: ChainControl,
  { report, signal }: RebuildOptions,
): Promise<{ damaged: number; refused: Record<string, number> }> {
  const refused: Record<string, number> = {}
  const offered = new Set<Promise<void>>()
  const total = order.reduce((sum, { hash }) => sum + stored.bodies.get(hash)!, 0)
  let offeredBytes = 0
  let damaged = 0
  let done = 0
  let doneBytes = 0

  const settled = (hash: BlockHash): void => {
    done += 1
    doneBytes += stored.bodies.get(hash)!
    report({ step: 'rebuilding', unit: 'blocks', done, total: order.length, share: doneBytes / total })
  }
  const offer = async (block: Block): Promise<void> => {
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) refused[accepted.error.code] = (refused[accepted.error.code] ?? 0) + 1
    settled(block.hash)
  }
  /** A failure of the disk comes out here. */
  const oneLess = () => Promise.race(offered)

  try {
    for (const { hash } of order) {
      signal.throwIfAborted()
      const bytes = await stored.read(hash)
      const block = bytes && decodeBlock(bytes)
      if (!block?.ok) {
        damaged += 1
        settled(hash)
        continue
      }
      const size = block.value.bytes.length
      while (offered.size >= MAX_OFFERED || (offered.size > 0 && offeredBytes + size > MAX_OFFERED_BYTES))
        await oneLess()
      const done: Promise<void> = offer(block.value).finally(() => {
        offered.delete(done)
        offeredBytes -= size
      })
      offered.add(done)
      offeredBytes += size
    }
    await Promise.all(offered)
    return { damaged, refused }
  } finally {
    // Nobody waits for the others once one has failed.
    for (const each of offered) each.catch(() => {})
  }
}
