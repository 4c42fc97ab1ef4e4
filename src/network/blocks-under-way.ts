import type { BlockHash } from '../primitives/hash.ts'
import { type Bell, createBell } from './bell.ts'

/** Blocks that the relay is putting together: the sync leaves them alone meanwhile, and fetches them if that fails. */
export interface BlocksUnderWay {
  /** rung when a block is no longer under way */
  readonly changed: Pick<Bell, 'listen'>
  has(hash: BlockHash): boolean
  /** Returns the way to say that it no longer is; doing so twice is as good as once. */
  begin(hash: BlockHash): () => void
}

export function createBlocksUnderWay(): BlocksUnderWay {
  /** by how many it was begun */
  const counts = new Map<BlockHash, number>()
  const changed = createBell()
  return {
    changed,
    has: (hash) => counts.has(hash),
    begin(hash) {
      counts.set(hash, (counts.get(hash) ?? 0) + 1)
      let held = true
      return () => {
        if (!held) return
        held = false
        const left = counts.get(hash)! - 1
        if (left > 0) counts.set(hash, left)
        else {
          counts.delete(hash)
          changed.ring()
        }
      }
    },
  }
}
