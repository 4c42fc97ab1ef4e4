import { ok, type Result } from '../base/result.ts'
import type { PolicyViolation } from '../ports/mempool.ts'
import { type Pending, withAncestors, withDescendants } from './pending.ts'
import { INCREMENTAL_RELAY_RATE, MAX_REPLACED, refused } from './policy.ts'

/** One transaction, or several that come in together, beside what is pending. */
export interface Newcomer {
  /** base units, of all together */
  readonly fee: number
  /** virtual bytes, of all together */
  readonly size: number
  /** pending transactions that they spend from */
  readonly parents: readonly Pending[]
  /** pending transactions that spend what they spend */
  readonly conflicts: readonly Pending[]
}

/**
 * BIP125's rules 2 to 5 as Bitcoin Core applies them to any conflict, whether or not the pending transaction signals
 * that it may be replaced: who is to be paid by an unconfirmed transaction cannot rely on that signal anyway.
 * @returns what has to go, parents first; empty where there is no conflict
 */
export function judgeReplacement(newcomer: Newcomer): Result<readonly Pending[], PolicyViolation> {
  const { fee, size, parents, conflicts } = newcomer
  if (conflicts.length === 0) return ok([])
  if (parents.length > 0) {
    const ancestors = withAncestors(parents)
    if (conflicts.some((conflict) => ancestors.has(conflict))) return refused('spends-conflicting')
    // Rule 2: a pending parent of its own could hold it back, while what it replaces might have been mined next.
    const known = new Set(conflicts.flatMap((conflict) => conflict.parents))
    const added = parents.find((parent) => !known.has(parent))
    if (added !== undefined)
      return refused('replacement-adds-unconfirmed', `It builds on ${added.entry.transaction.txid}.`)
  }
  for (const conflict of conflicts) {
    if (fee / size <= conflict.feeRate)
      return refused(
        'mempool-conflict',
        `${conflict.entry.transaction.txid} pays ${conflict.feeRate} base units a virtual byte, this one ${fee / size}.`,
      )
  }
  // Rule 5, from above: one that builds on two of them counts twice, and none of them need be visited.
  if (conflicts.reduce((sum, { descendantCount }) => sum + descendantCount, 0) > MAX_REPLACED)
    return refused('too-many-replaced')
  const gone = withDescendants(conflicts)
  // Rules 3 and 4: the miner loses nothing, and each round of a bidding war pays for its own relay.
  const replaced = gone.reduce((sum, { entry }) => sum + entry.fee, 0)
  const wanted = replaced + Math.ceil(size * INCREMENTAL_RELAY_RATE)
  if (fee < wanted)
    return refused(
      'mempool-conflict',
      `It pays ${fee} base units; ${wanted} are needed in the place of ${gone.length} pending transactions.`,
    )
  return ok(gone)
}
