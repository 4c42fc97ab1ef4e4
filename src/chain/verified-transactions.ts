import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Wtxid } from '../primitives/hash.ts'

/** Remembers at least the last `capacity` transactions, and at most twice as many. */
export function createVerifiedTransactions(capacity = 50_000): VerifiedTransactions {
  let newer = new Set<Wtxid>()
  let older = new Set<Wtxid>()
  return {
    has: (wtxid) => newer.has(wtxid) || older.has(wtxid),
    add(wtxid) {
      newer.add(wtxid)
      if (newer.size < capacity) return
      older = newer
      newer = new Set()
    },
  }
}
