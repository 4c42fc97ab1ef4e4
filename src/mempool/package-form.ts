import { OK, type Result } from '../base/result.ts'
import type { PolicyViolation } from '../ports/mempool.ts'
import type { Txid } from '../primitives/hash.ts'
import { type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { MAX_PACKAGE_TRANSACTIONS, MAX_PACKAGE_WEIGHT, refused } from './policy.ts'

/** Whether transactions may be judged as a package: few enough, each once and after its parents, without conflicts. */
export function checkPackageForm(transactions: readonly Transaction[]): Result<undefined, PolicyViolation> {
  if (transactions.length > MAX_PACKAGE_TRANSACTIONS) return refused('package-too-large')
  if (transactions.reduce((sum, { weight }) => sum + weight, 0) > MAX_PACKAGE_WEIGHT)
    return refused('package-too-large')
  const later = new Set(transactions.map(({ txid }) => txid))
  if (later.size < transactions.length) return refused('package-malformed')
  const spent = new Map<OutPointKey, Transaction>()
  for (const tx of transactions) {
    for (const { prevout } of tx.inputs) {
      // `later` holds the transaction itself, too.
      if (later.has(prevout.txid)) return refused('package-malformed')
      const key = outPointKey(prevout)
      const other = spent.get(key)
      // One that names an output twice breaks a rule, and is told so by itself.
      if (other !== undefined && other !== tx) return refused('package-malformed')
      spent.set(key, tx)
    }
    later.delete(tx.txid)
  }
  return OK
}

/** The transaction with those of `candidates` that it builds on, directly or not, in their order. */
export function withPackageAncestors(
  tx: Transaction,
  candidates: readonly Transaction[],
): readonly Transaction[] {
  const wanted = new Set<Txid>(tx.inputs.map(({ prevout }) => prevout.txid))
  const found: Transaction[] = [tx]
  for (const candidate of candidates.toReversed()) {
    if (!wanted.has(candidate.txid)) continue
    found.unshift(candidate)
    for (const { prevout } of candidate.inputs) wanted.add(prevout.txid)
  }
  return found
}
