import type { Wtxid } from '../primitives/hash.ts'

/**
 * Transactions whose witnesses, signatures included, have been found to fulfil what their coins ask for. That never
 * changes: a wtxid commits to the witness and to which coins are spent. What depends on the chain (whether the coins
 * are there, locks) is not remembered. Bounded: an old entry may be forgotten.
 */
export interface VerifiedTransactions {
  has(wtxid: Wtxid): boolean
  add(wtxid: Wtxid): void
}
