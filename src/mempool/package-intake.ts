import { err, ok, type Result } from '../base/result.ts'
import type { AdmissionError, MempoolEntry } from '../ports/mempool.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { Fault } from './admission.ts'
import { checkPackageForm, withPackageAncestors } from './package-form.ts'
import { refused } from './policy.ts'

export type Verdict = Result<MempoolEntry, AdmissionError>

export interface PackageIntakeDependencies {
  /** the pending transaction with the same witness */
  readonly held: (tx: Transaction) => MempoolEntry | undefined
  /** Takes transactions together or not at all; the last builds on all others. */
  readonly take: (group: readonly Transaction[]) => Promise<Result<readonly MempoolEntry[], Fault>>
}

/** A parent that is refused for one of these may come in with a child that pays for it. */
const PAYABLE: ReadonlySet<string> = new Set<AdmissionError['code']>([
  'fee-below-minimum',
  'fee-below-floor',
  'mempool-conflict',
  'mempool-full',
])

/**
 * Takes the transactions of a package one after another, each by itself where it pays enough, else together with those
 * of its parents that did not. So what pays for itself cannot be made to pay for others, and no transaction that pays too
 * little comes in but for one that builds on it.
 */
export async function takePackage(
  transactions: readonly Transaction[],
  dependencies: PackageIntakeDependencies,
): Promise<Verdict[]> {
  const formed = checkPackageForm(transactions)
  if (!formed.ok) return transactions.map(() => formed)
  const verdicts = new Map<Transaction, Verdict>()
  /** those that would pay too little by themselves */
  const waiting = new Set<Transaction>()
  for (const tx of transactions) await takeNext(tx, waiting, verdicts, dependencies)
  return transactions.map((tx) => {
    const verdict = verdicts.get(tx)!
    // It may have had to go for the sake of what came after it.
    return verdict.ok && dependencies.held(tx) === undefined ? refused('mempool-full') : verdict
  })
}

async function takeNext(
  tx: Transaction,
  waiting: Set<Transaction>,
  verdicts: Map<Transaction, Verdict>,
  { held, take }: PackageIntakeDependencies,
): Promise<void> {
  while (true) {
    const entry = held(tx)
    if (entry !== undefined) {
      verdicts.set(tx, ok(entry))
      return
    }
    const group = withPackageAncestors(tx, [...waiting])
    const taken = await take(group)
    if (taken.ok) {
      for (const [index, each] of group.entries()) {
        verdicts.set(each, ok(taken.value[index]!))
        waiting.delete(each)
      }
      return
    }
    const { at, error } = taken.error
    verdicts.set(at, err(error))
    if (at === tx) {
      if (PAYABLE.has(error.code)) waiting.add(tx)
      return
    }
    // One of its parents is refused for another reason: that is for `tx` to be told by itself.
    waiting.delete(at)
  }
}
