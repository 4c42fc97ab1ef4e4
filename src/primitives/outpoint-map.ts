import type { Txid } from './hash.ts'
import type { OutPoint } from './outpoint.ts'

/**
 * A map by outpoint. Values of one transaction stand together, so that no key has to be put together for each: this is
 * what coins are looked up in while blocks connect.
 */
export class OutPointMap<T extends object> {
  readonly #transactions = new Map<Txid, (T | undefined)[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get({ txid, vout }: OutPoint): T | undefined {
    return this.#transactions.get(txid)?.[vout]
  }

  set({ txid, vout }: OutPoint, value: T): void {
    let values = this.#transactions.get(txid)
    if (values === undefined) {
      values = []
      this.#transactions.set(txid, values)
    }
    if (values[vout] === undefined) this.#size += 1
    values[vout] = value
  }

  /** Whether there was one. */
  delete({ txid, vout }: OutPoint): boolean {
    const values = this.#transactions.get(txid)
    if (values?.[vout] === undefined) return false
    values[vout] = undefined
    this.#size -= 1
    return true
  }

  /** All values with their outpoints. */
  *[Symbol.iterator](): Generator<[OutPoint, T]> {
    for (const [txid, values] of this.#transactions) {
      // Only the places that are in use: one may stand far out in its transaction.
      for (const vout in values) {
        const value = values[vout]
        if (value !== undefined) yield [{ txid, vout: Number(vout) }, value]
      }
    }
  }
}
