import type { Transaction } from '../../src/primitives/transaction.ts'
import { virtualSize } from '../../src/primitives/transaction.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const keyOf = ({ txid, vout }: { readonly txid: string; readonly vout: number }): string => `${txid}:${vout}`
const sizeOf = (tx: Transaction): number => virtualSize(tx.weight)

/**
 * The mempool as its README describes it, kept by nothing but lists: for transactions of open outputs that keep all
 * rules. It has no cap.
 */
export class NaivePool {
  pending: Transaction[] = []
  /** value of every output that any transaction ever made, by outpoint */
  readonly #values = new Map<string, number>()
  /** outpoints of the chain that are unspent there */
  readonly coins = new Set<string>()

  know(tx: Transaction): void {
    for (const [vout, { value }] of tx.outputs.entries())
      this.#values.set(keyOf({ txid: tx.txid, vout }), value)
  }

  fee(tx: Transaction): number {
    return (
      sum(tx.inputs.map(({ prevout }) => this.#values.get(keyOf(prevout))!)) -
      sum(tx.outputs.map(({ value }) => value))
    )
  }

  #parents(tx: Transaction): Transaction[] {
    return this.pending.filter((other) => tx.inputs.some(({ prevout }) => prevout.txid === other.txid))
  }

  /** What `tx` builds on, without itself. */
  ancestors(tx: Transaction): Transaction[] {
    const found = new Set(this.#parents(tx))
    for (const each of found) for (const parent of this.#parents(each)) found.add(parent)
    return [...found]
  }

  /** What builds on `tx`, and itself. */
  descendants(tx: Transaction): Transaction[] {
    return this.pending.filter((other) => other === tx || this.ancestors(other).includes(tx))
  }

  #isKnown(tx: Transaction): boolean {
    return tx.inputs.every(
      ({ prevout }) =>
        this.coins.has(keyOf(prevout)) ||
        this.pending.some(({ txid, outputs }) => txid === prevout.txid && prevout.vout < outputs.length),
    )
  }

  /** The code of the refusal, or `ok` where it is pending now. @param free - whether any fee will do */
  accept(tx: Transaction, free = false): string {
    if (this.pending.includes(tx)) return 'already-in-mempool'
    if (!this.#isKnown(tx)) {
      const isConfirmed = tx.outputs
        .slice(0, 4)
        .some((_, vout) => this.coins.has(keyOf({ txid: tx.txid, vout })))
      return isConfirmed ? 'already-confirmed' : 'missing-inputs'
    }
    const [fee, size] = [this.fee(tx), sizeOf(tx)]
    if (!free && fee < size) return 'fee-below-minimum'
    const spends = new Set(tx.inputs.map(({ prevout }) => keyOf(prevout)))
    const conflicts = this.pending.filter(({ inputs }) =>
      inputs.some(({ prevout }) => spends.has(keyOf(prevout))),
    )
    const ancestors = this.ancestors(tx)
    const gone = [...new Set(conflicts.flatMap((each) => this.descendants(each)))]
    if (conflicts.length > 0) {
      if (conflicts.some((each) => ancestors.includes(each))) return 'spends-conflicting'
      const theirs = conflicts.flatMap((each) => this.#parents(each))
      if (this.#parents(tx).some((parent) => !theirs.includes(parent))) return 'replacement-adds-unconfirmed'
      if (conflicts.some((each) => fee / size <= this.fee(each) / sizeOf(each))) return 'mempool-conflict'
      if (fee < sum(gone.map((each) => this.fee(each))) + size) return 'mempool-conflict'
    }
    if (ancestors.length + 1 > 25) return 'too-many-unconfirmed-ancestors'
    const kept = (list: readonly Transaction[]) => list.filter((each) => !gone.includes(each))
    if (ancestors.some((each) => kept(this.descendants(each)).length + 1 > 25))
      return 'too-many-unconfirmed-descendants'
    this.pending = [...kept(this.pending), tx]
    return 'ok'
  }

  connect(transactions: readonly Transaction[]): void {
    for (const tx of transactions) {
      for (const { prevout } of tx.inputs) this.coins.delete(keyOf(prevout))
      for (const vout of tx.outputs.keys()) this.coins.add(keyOf({ txid: tx.txid, vout }))
      const spends = new Set(tx.inputs.map(({ prevout }) => keyOf(prevout)))
      const lost = this.pending
        .filter((each) => each !== tx && each.inputs.some(({ prevout }) => spends.has(keyOf(prevout))))
        .flatMap((each) => this.descendants(each))
      this.pending = this.pending.filter((each) => each !== tx && !lost.includes(each))
    }
  }

  disconnect(transactions: readonly Transaction[]): void {
    for (const tx of transactions.toReversed()) {
      for (const vout of tx.outputs.keys()) this.coins.delete(keyOf({ txid: tx.txid, vout }))
      for (const { prevout } of tx.inputs)
        if (!transactions.some(({ txid }) => txid === prevout.txid)) this.coins.add(keyOf(prevout))
    }
    const before = this.pending
    this.pending = []
    for (const tx of [...transactions, ...before]) this.accept(tx, true)
    this.#dropUnpaid()
  }

  /** What pays less than a base unit a virtual byte, by itself and with all that builds on it. */
  #dropUnpaid(): void {
    const pays = (list: readonly Transaction[]): boolean =>
      sum(list.map((each) => this.fee(each))) >= sum(list.map(sizeOf))
    for (const tx of this.pending.toReversed()) {
      if (!this.pending.includes(tx) || pays([tx]) || pays(this.descendants(tx))) continue
      const lost = this.descendants(tx)
      this.pending = this.pending.filter((each) => !lost.includes(each))
    }
  }
}
