import { COMPACT_NONCE_BYTES, encodeCompactBlock } from '../../protocols/compact-block.ts'
import type { ChainView } from '../ports/chain.ts'
import type { Random } from '../ports/random.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'

/** Blocks whose transactions are kept in memory for those who put them together from ours. */
const MAX_KEPT = 4
/**
 * Connected blocks that far below the tip are read from the disk for that, each once while no others are asked for;
 * older ones the sync protocol serves.
 */
const MAX_DEPTH = 8

/** A block as the relay protocol serves it. */
export interface ServedBlock {
  readonly compact: Uint8Array
  /** BIP144 bytes of each transaction */
  readonly transactions: readonly Uint8Array[]
}

/** The newest blocks that are known to be what their headers commit to, whether or not they are connected yet. */
export interface RecentBlocks {
  /** Keeps a block, and serves it from now on; its compact form is made here, under a nonce of our own. */
  add(block: Block): Uint8Array
  remove(hash: BlockHash): void
  /** A block that was added, or is connected and not old. */
  find(hash: BlockHash): Promise<ServedBlock | undefined>
}

export function createRecentBlocks({
  chain,
  random,
}: {
  readonly chain: ChainView
  readonly random: Random
}): RecentBlocks {
  const kept = new Map<BlockHash, ServedBlock>()
  /** those that were asked for and read: a question of 40 bytes must not cost tens of milliseconds each time */
  const fromDisk = new Map<BlockHash, Promise<ServedBlock | undefined>>()

  const served = (block: Block): ServedBlock => ({
    compact: encodeCompactBlock(block, random.bytes(COMPACT_NONCE_BYTES)),
    transactions: block.transactions.map(({ bytes }) => bytes),
  })

  function dropOldest(blocks: Map<BlockHash, unknown>, most: number): void {
    for (const oldest of blocks.keys()) {
      if (blocks.size <= most) break
      blocks.delete(oldest)
    }
  }

  async function read(hash: BlockHash): Promise<ServedBlock | undefined> {
    let found: ServedBlock | undefined
    try {
      const block = await chain.block(hash)
      found = block && served(block)
    } finally {
      if (found === undefined) fromDisk.delete(hash)
    }
    return found
  }

  return {
    add(block) {
      const known = kept.get(block.hash)
      if (known !== undefined) return known.compact
      const added = served(block)
      kept.set(block.hash, added)
      dropOldest(kept, MAX_KEPT)
      return added.compact
    },
    remove: (hash) => void kept.delete(hash),
    async find(hash) {
      const known = kept.get(hash)
      if (known !== undefined) return known
      const entry = chain.entry(hash)
      if (entry === undefined || !chain.isConnected(hash)) return undefined
      if (chain.tip().height - entry.height >= MAX_DEPTH) return undefined
      const before = fromDisk.get(hash)
      if (before !== undefined) return before
      const reading = read(hash)
      fromDisk.set(hash, reading)
      dropOldest(fromDisk, MAX_DEPTH)
      return reading
    },
  }
}
