import { isFinal } from '../consensus/locktime.ts'
import type { MempoolEntry } from '../ports/mempool.ts'
import type { Txid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { ScoreQueue } from './score-queue.ts'

/** What a mempool entry has to tell to be chosen. */
export type SelectionEntry = Pick<MempoolEntry, 'transaction' | 'fee' | 'sigopsCost'>

/** The room that a block has for transactions, and its place in the chain. */
export interface SelectionLimits {
  readonly weight: number
  readonly sigopsCost: number
  readonly height: number
  /** BIP113: of the block's parent, in seconds */
  readonly medianTimePast: number
}

export interface Selection {
  /** parents before children */
  readonly transactions: readonly Transaction[]
  /** base units */
  readonly fees: number
}

/** With so little weight left, this many misfits in a row end the search for one that still fits. */
const NEARLY_FULL_WEIGHT = 4_000
const MAX_MISFITS = 1_000

interface Candidate {
  readonly entry: SelectionEntry
  readonly index: number
  readonly parents: readonly Candidate[]
  readonly children: Candidate[]
  chosen: boolean
}

/** The entries that may stand in the block as far as lock times go; what builds on others knows them. */
function findCandidates(
  entries: readonly SelectionEntry[],
  { height, medianTimePast }: SelectionLimits,
): Candidate[] {
  const pending = new Set(entries.map((entry) => entry.transaction.txid))
  const known = new Map<Txid, Candidate>()
  for (const [index, entry] of entries.entries()) {
    const { inputs, txid } = entry.transaction
    const wanted = new Set(inputs.map((input) => input.prevout.txid).filter((parent) => pending.has(parent)))
    const parents = [...wanted].flatMap((parent) => known.get(parent) ?? [])
    // A parent that may not stand in the block keeps its children out of it.
    if (parents.length < wanted.size || !isFinal(entry.transaction, height, medianTimePast)) continue
    const candidate: Candidate = { entry, index, parents, children: [], chosen: false }
    for (const parent of parents) parent.children.push(candidate)
    known.set(txid, candidate)
  }
  return [...known.values()]
}

/** The candidate and the ancestors that it would bring into the block, parents first. */
function packageOf(candidate: Candidate): Candidate[] {
  if (candidate.parents.length === 0) return [candidate]
  const found = new Set([candidate])
  for (const { parents } of found) for (const parent of parents) if (!parent.chosen) found.add(parent)
  return [...found].sort((a, b) => a.index - b.index)
}

function descendantsOf(chosen: readonly Candidate[]): Set<Candidate> {
  const found = new Set<Candidate>()
  const visit = [...chosen]
  for (const { children } of visit)
    for (const child of children) {
      if (child.chosen || found.has(child)) continue
      found.add(child)
      visit.push(child)
    }
  return found
}

function totals(candidates: readonly Candidate[]): { fee: number; weight: number; sigopsCost: number } {
  let [fee, weight, sigopsCost] = [0, 0, 0]
  for (const { entry } of candidates) {
    fee += entry.fee
    weight += entry.transaction.weight
    sigopsCost += entry.sigopsCost
  }
  return { fee, weight, sigopsCost }
}

const rateOf = (candidates: readonly Candidate[]): number => {
  const { fee, weight } = totals(candidates)
  return fee / weight
}

/**
 * Chooses the transactions of a block: the best fee rate first, where a transaction counts together with the pending
 * ones that it builds on, so that a child can pay for its parents. Transactions that are not final yet stay out, and
 * so do those that build on them.
 *
 * @param entries - parents before children, as the mempool lists them
 */
export function selectTransactions(entries: readonly SelectionEntry[], limits: SelectionLimits): Selection {
  const queue = new ScoreQueue<Candidate>()
  const enqueue = (candidate: Candidate): void =>
    queue.push(candidate, rateOf(packageOf(candidate)), candidate.index)
  for (const candidate of findCandidates(entries, limits)) enqueue(candidate)

  const transactions: Transaction[] = []
  let [fees, weightLeft, sigopsLeft, misfits] = [0, limits.weight, limits.sigopsCost, 0]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next.item.chosen) continue
    const chosen = packageOf(next.item)
    const { fee, weight, sigopsCost } = totals(chosen)
    if (fee / weight < next.score) {
      // The ancestors that had raised its score were chosen with another child.
      enqueue(next.item)
      continue
    }
    if (weight > weightLeft || sigopsCost > sigopsLeft) {
      misfits += 1
      if (misfits > MAX_MISFITS && weightLeft < NEARLY_FULL_WEIGHT) break
      continue
    }
    misfits = 0
    fees += fee
    weightLeft -= weight
    sigopsLeft -= sigopsCost
    for (const candidate of chosen) {
      candidate.chosen = true
      transactions.push(candidate.entry.transaction)
    }
    for (const descendant of descendantsOf(chosen)) enqueue(descendant)
  }
  return { transactions, fees }
}
