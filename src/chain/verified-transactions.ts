import { createRollingSet } from '../base/rolling-set.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Wtxid } from '../primitives/hash.ts'

/** Remembers at least the last `capacity` transactions, and at most twice as many. */
export const createVerifiedTransactions = (capacity = 50_000): VerifiedTransactions =>
  createRollingSet<Wtxid>(capacity)
