import type { MempoolEntry } from '../ports/mempool.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'

/** Pending transactions by id and by what they spend. Parents always come before their children. */
export class Pool {
  readonly #entries = new Map<Txid, MempoolEntry>()
  #spenders = new OutPointMap<MempoolEntry>()
  #virtualBytes = 0

  get size(): number {
    return this.#entries.size
  }

  get virtualBytes(): number {
    return this.#virtualBytes
  }

  get(txid: Txid): MempoolEntry | undefined {
    return this.#entries.get(txid)
  }

  spenderOf(outPoint: OutPoint): MempoolEntry | undefined {
    return this.#spenders.get(outPoint)
  }

  /** The output of a pending transaction as a coin that the block at `height` will hold. */
  coin({ txid, vout }: OutPoint, height: number): Coin | undefined {
    const output = this.#entries.get(txid)?.transaction.outputs[vout]
    return output && { ...output, height, coinbase: false }
  }

  entries(): MempoolEntry[] {
    return [...this.#entries.values()]
  }

  add(entry: MempoolEntry): void {
    this.#entries.set(entry.transaction.txid, entry)
    for (const { prevout } of entry.transaction.inputs) this.#spenders.set(prevout, entry)
    this.#virtualBytes += entry.virtualSize
  }

  /** Removes one entry, not its children. */
  remove(entry: MempoolEntry): void {
    if (!this.#entries.delete(entry.transaction.txid)) return
    for (const { prevout } of entry.transaction.inputs) this.#spenders.delete(prevout)
    this.#virtualBytes -= entry.virtualSize
  }

  clear(): void {
    this.#entries.clear()
    this.#spenders = new OutPointMap()
    this.#virtualBytes = 0
  }

  /** The pending transactions that this one builds on, directly or not; stops counting above `most`. */
  ancestorCount(inputs: readonly { readonly prevout: OutPoint }[], most: number): number {
    const seen = new Set<Txid>()
    const visit = [...inputs]
    for (const { prevout } of visit) {
      const parent = this.#entries.get(prevout.txid)
      if (parent === undefined || seen.has(prevout.txid)) continue
      seen.add(prevout.txid)
      if (seen.size > most) break
      visit.push(...parent.transaction.inputs)
    }
    return seen.size
  }

  /** The entry and all that builds on it, parents first. */
  withDescendants(entry: MempoolEntry): MempoolEntry[] {
    const found = new Set([entry])
    for (const { transaction } of found)
      for (let vout = 0; vout < transaction.outputs.length; vout++) {
        const child = this.spenderOf({ txid: transaction.txid, vout })
        if (child !== undefined) found.add(child)
      }
    return [...found]
  }
}
