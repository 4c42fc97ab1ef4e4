import { createEmitter } from '../../src/base/emitter.ts'
import type { ChainService } from '../../src/chain/chain.ts'
import type { Chain, ChainEntry, ChainEvents } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { targetOfBits, workOfTarget } from '../../src/primitives/target.ts'
import { withOverrides } from '../../test/support/overrides.ts'

/** A chain that says of some blocks what is not so: the real relay and sync then tell it to peers. */
export interface ForgedChain {
  /** what the node's peers see */
  readonly chain: Chain
  /** Announces a block as a new tip, and says to have it. */
  announce(block: Block): void
}

/** The entry that a block would have on its parent. */
function entryOf({ header, hash }: Block, parent: ChainEntry): ChainEntry {
  return {
    header,
    hash,
    height: parent.height + 1,
    work: parent.work + workOfTarget(targetOfBits(header.bits)!),
    medianTimePast: parent.medianTimePast,
  }
}

export function createForgedChain(real: ChainService): ForgedChain {
  const forged = new Map<BlockHash, { readonly block: Block; readonly entry: ChainEntry }>()
  const events = createEmitter<ChainEvents>()
  real.events.on('tipChanged', (change) => events.emit('tipChanged', change))
  real.events.on('headersAdded', (added) => events.emit('headersAdded', added))
  const entry = (hash: BlockHash): ChainEntry | undefined => real.entry(hash) ?? forged.get(hash)?.entry
  const chain = withOverrides<Chain>(real, {
    events,
    entry,
    hasBody: (hash) => forged.has(hash) || real.hasBody(hash),
    wasConnected: (hash) => forged.has(hash) || real.wasConnected(hash),
    isConnected: (hash) => forged.has(hash) || real.isConnected(hash),
    block: async (hash) => forged.get(hash)?.block ?? (await real.block(hash)),
    blockBytes: async (hash) => forged.get(hash)?.block.bytes ?? (await real.blockBytes(hash)),
  })
  return {
    chain,
    announce(block) {
      const parent = entry(block.header.previous)
      if (parent === undefined) return
      const made = { block, entry: entryOf(block, parent) }
      forged.set(block.hash, made)
      events.emit('tipChanged', { disconnected: [], connected: [made], tip: made.entry })
    },
  }
}
