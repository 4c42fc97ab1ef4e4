import type { MempoolEntry } from '../ports/mempool.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'
import type { TxInput } from '../primitives/transaction.ts'
import { Pending, withAncestors, withDescendants } from './pending.ts'

const without = (list: readonly Pending[], gone: Pending): Pending[] => list.filter((each) => each !== gone)

/**
 * Pending transactions by id and by what they spend, each linked to its parents and children. Parents always come
 * before their children.
 */
export class Pool {
  readonly #pending = new Map<Txid, Pending>()
  readonly #byWtxid = new Map<Wtxid, Pending>()
  #spenders = new OutPointMap<Pending>()
  #virtualBytes = 0
  #sequence = 0

  get size(): number {
    return this.#pending.size
  }

  get virtualBytes(): number {
    return this.#virtualBytes
  }

  get(txid: Txid): Pending | undefined {
    return this.#pending.get(txid)
  }

  getByWtxid(wtxid: Wtxid): Pending | undefined {
    return this.#byWtxid.get(wtxid)
  }

  spenderOf(outPoint: OutPoint): Pending | undefined {
    return this.#spenders.get(outPoint)
  }

  /** The output of a pending transaction as a coin that the block at `height` will hold. */
  coin({ txid, vout }: OutPoint, height: number): Coin | undefined {
    const output = this.#pending.get(txid)?.entry.transaction.outputs[vout]
    return output && { ...output, height, coinbase: false }
  }

  /** Parents before children. */
  all(): Pending[] {
    return [...this.#pending.values()]
  }

  entries(): MempoolEntry[] {
    return Array.from(this.#pending.values(), ({ entry }) => entry)
  }

  /** Up to `max` of those that came after the one with this sequence. */
  after(sequence: number, max: number): Pending[] {
    const found: Pending[] = []
    // In the order of their sequences: whoever comes in again gets a new one.
    for (const pending of this.#pending.values()) {
      if (found.length >= max) break
      if (pending.sequence > sequence) found.push(pending)
    }
    return found
  }

  /** Those that pay at least `minFeeRate`; where there are more than `max`, those that pay most. */
  inventory(minFeeRate: number, max: number): MempoolEntry[] {
    const paying = this.all().filter((pending) => pending.feeRate >= minFeeRate)
    if (paying.length <= max) return paying.map(({ entry }) => entry)
    const best = paying.sort((a, b) => b.feeRate - a.feeRate).slice(0, max)
    return best.sort((a, b) => a.sequence - b.sequence).map(({ entry }) => entry)
  }

  /** The pending transactions that inputs spend from, each once. */
  parentsOf(inputs: readonly TxInput[]): Pending[] {
    const parents: Pending[] = []
    for (const { prevout } of inputs) {
      const parent = this.#pending.get(prevout.txid)
      if (parent !== undefined && !parents.includes(parent)) parents.push(parent)
    }
    return parents
  }

  /** The pending transactions that spend what inputs spend, each once. */
  conflictsOf(inputs: readonly TxInput[]): Pending[] {
    const conflicts: Pending[] = []
    for (const { prevout } of inputs) {
      const conflict = this.#spenders.get(prevout)
      if (conflict !== undefined && !conflicts.includes(conflict)) conflicts.push(conflict)
    }
    return conflicts
  }

  /** @param entry - what it spends, nothing else that is pending does; none that is pending spends from it */
  add(entry: MempoolEntry): Pending {
    const { transaction, fee, virtualSize } = entry
    const added = new Pending(entry, this.#sequence++)
    added.parents = this.parentsOf(transaction.inputs)
    for (const parent of added.parents) parent.children = [...parent.children, added]
    for (const ancestor of added.parents.length === 0 ? [] : withAncestors(added.parents)) {
      ancestor.descendantCount += 1
      ancestor.descendantSize += virtualSize
      ancestor.descendantFees += fee
    }
    this.#pending.set(transaction.txid, added)
    this.#byWtxid.set(transaction.wtxid, added)
    for (const { prevout } of transaction.inputs) this.#spenders.set(prevout, added)
    this.#virtualBytes += virtualSize
    return added
  }

  /** Removes one that builds on none that stays, or on which none that stays builds. */
  remove(gone: Pending): void {
    const { transaction, virtualSize, fee } = gone.entry
    if (!this.#pending.delete(transaction.txid)) return
    this.#byWtxid.delete(transaction.wtxid)
    for (const { prevout } of transaction.inputs) this.#spenders.delete(prevout)
    this.#virtualBytes -= virtualSize
    for (const ancestor of gone.parents.length === 0 ? [] : withAncestors(gone.parents)) {
      ancestor.descendantCount -= 1
      ancestor.descendantSize -= virtualSize
      ancestor.descendantFees -= fee
    }
    for (const parent of gone.parents) parent.children = without(parent.children, gone)
    for (const child of gone.children) child.parents = without(child.parents, gone)
  }

  /** Removes some, with all that builds on them, and says which: parents first. */
  removeWithDescendants(start: Iterable<Pending>): Pending[] {
    const gone = withDescendants(start)
    // Children first, so that none is left whose parent is not there. Links of what is gone are kept for the caller.
    for (const each of gone.toReversed()) this.remove(each)
    return gone
  }

  clear(): void {
    this.#pending.clear()
    this.#byWtxid.clear()
    this.#spenders = new OutPointMap()
    this.#virtualBytes = 0
  }
}
