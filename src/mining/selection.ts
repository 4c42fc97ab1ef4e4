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

/** A transaction that builds on pending ones, or on which pending ones build. Most do neither, and have no such thing. */
interface Kin {
  readonly parents: Set<number>
  readonly children: number[]
}

/** The entries, by their index. */
class Candidates {
  readonly entries: readonly SelectionEntry[]
  /** fee rates of packages; NaN for what may not stand in the block, and for what has been chosen */
  readonly scores: Float64Array
  readonly #kin = new Map<number, Kin>()

  constructor(entries: readonly SelectionEntry[], { height, medianTimePast }: SelectionLimits) {
    this.entries = entries
    this.scores = new Float64Array(entries.length)
    const indices = new Map<Txid, number>()
    for (let index = 0; index < entries.length; index++) {
      const { transaction } = entries[index]!
      let isFit = isFinal(transaction, height, medianTimePast)
      for (const { prevout } of transaction.inputs) {
        const parent = indices.get(prevout.txid)
        if (parent === undefined) continue
        // A parent that may not stand in the block keeps its children out of it.
        if (Number.isNaN(this.scores[parent]!)) isFit = false
        this.#link(parent, index)
      }
      indices.set(transaction.txid, index)
      this.scores[index] = isFit ? this.#rateOf(this.packageOf(index)) : Number.NaN
    }
  }

  #link(parent: number, child: number): void {
    const { parents } = this.#kinOf(child)
    if (parents.has(parent)) return
    parents.add(parent)
    this.#kinOf(parent).children.push(child)
  }

  #kinOf(index: number): Kin {
    let kin = this.#kin.get(index)
    if (kin === undefined) {
      kin = { parents: new Set(), children: [] }
      this.#kin.set(index, kin)
    }
    return kin
  }

  /** The candidate and the ancestors that it would bring into the block, parents first. */
  packageOf(index: number): number[] {
    const kin = this.#kin.get(index)
    if (kin === undefined || kin.parents.size === 0) return [index]
    const found = new Set([index])
    for (const each of found) for (const parent of this.#kin.get(each)?.parents ?? []) found.add(parent)
    return [...found].sort((a, b) => a - b)
  }

  #rateOf(indices: readonly number[]): number {
    const { fee, weight } = this.totals(indices)
    return fee / weight
  }

  totals(indices: readonly number[]): { fee: number; weight: number; sigopsCost: number } {
    let [fee, weight, sigopsCost] = [0, 0, 0]
    for (const index of indices) {
      const entry = this.entries[index]!
      fee += entry.fee
      weight += entry.transaction.weight
      sigopsCost += entry.sigopsCost
    }
    return { fee, weight, sigopsCost }
  }

  /** Takes a package out; what builds on it counts without it from now on. @returns whose score has changed */
  choose(chosen: readonly number[]): Set<number> {
    const changed = new Set<number>()
    for (const index of chosen) {
      this.scores[index] = Number.NaN
      for (const child of this.#kin.get(index)?.children ?? []) {
        this.#kin.get(child)!.parents.delete(index)
        changed.add(child)
      }
    }
    for (const index of changed) for (const child of this.#kin.get(index)!.children) changed.add(child)
    for (const index of changed) {
      if (Number.isNaN(this.scores[index]!)) changed.delete(index)
      else this.scores[index] = this.#rateOf(this.packageOf(index))
    }
    return changed
  }
}

/**
 * Chooses the transactions of a block: the best fee rate first, where a transaction counts together with the pending
 * ones that it builds on, so that a child can pay for its parents. Transactions that are not final yet stay out, and
 * so do those that build on them.
 *
 * @param entries - parents before children, as the mempool lists them
 */
export function selectTransactions(entries: readonly SelectionEntry[], limits: SelectionLimits): Selection {
  const candidates = new Candidates(entries, limits)
  const queue = new ScoreQueue(candidates.scores)
  const transactions: Transaction[] = []
  let [fees, weightLeft, sigopsLeft, misfits] = [0, limits.weight, limits.sigopsCost, 0]
  while (true) {
    const score = queue.topScore
    const next = queue.pop()
    if (next === undefined) break
    // Chosen with another, or put in again since with the score that it has now.
    if (candidates.scores[next] !== score) continue
    const chosen = candidates.packageOf(next)
    const { fee, weight, sigopsCost } = candidates.totals(chosen)
    if (weight > weightLeft || sigopsCost > sigopsLeft) {
      misfits += 1
      if (misfits > MAX_MISFITS && weightLeft < NEARLY_FULL_WEIGHT) break
      continue
    }
    misfits = 0
    fees += fee
    weightLeft -= weight
    sigopsLeft -= sigopsCost
    for (const index of chosen) transactions.push(entries[index]!.transaction)
    for (const index of candidates.choose(chosen)) queue.push(index, candidates.scores[index]!)
  }
  return { transactions, fees }
}
