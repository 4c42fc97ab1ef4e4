import type { RuleViolation } from '../consensus/rules.ts'
import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { WINDOW_BLOCKS } from './sync-window.ts'

/**
 * Who sent the blocks that the chain has stored and not connected yet: what is wrong with one of a branch beside the
 * best chain shows only when the branch has more work.
 */
export interface BlockSenders {
  /** Notes who sent a block that was stored. Past a window of them the oldest is forgotten. */
  note(entry: ChainEntry, from: PeerId): void
  /** Takes out those that have turned out to break a rule themselves. */
  takeGuilty(): { readonly hash: BlockHash; readonly from: PeerId; readonly fault: RuleViolation }[]
}

export function createBlockSenders(chain: Pick<ChainView, 'faultOf' | 'wasConnected'>): BlockSenders {
  const senders = new Map<BlockHash, PeerId>()
  return {
    note({ hash }, from) {
      senders.set(hash, from)
      if (senders.size > WINDOW_BLOCKS) senders.delete(senders.keys().next().value!)
    },
    takeGuilty() {
      const guilty = []
      for (const [hash, from] of senders) {
        const fault = chain.faultOf(hash)
        if (fault !== undefined || chain.wasConnected(hash)) senders.delete(hash)
        // The last is what the node's own user may have said.
        if (fault !== undefined && fault.code !== 'parent-invalid' && fault.code !== 'block-known-invalid')
          guilty.push({ hash, from, fault })
      }
      return guilty
    },
  }
}
