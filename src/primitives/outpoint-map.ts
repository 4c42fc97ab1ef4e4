import { invariant } from '../base/errors.ts'
import type { Txid } from './hash.ts'
import { NULL_OUTPOINT, type OutPoint } from './outpoint.ts'

/** Outputs of a transaction that are looked through one by one. */
const MAX_LENGTH = 4_096

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
    // Which is no index of an array: it stands for no output at all, and nothing can be there.
    invariant(vout < NULL_OUTPOINT.vout, 'the outpoint is of an output')
    let values = this.#transactions.get(txid)
    if (values === undefined) {
      // Of the right length at once, where that is not absurd: an array that grows is given far more room.
      values = new Array<T | undefined>(vout < MAX_LENGTH ? vout + 1 : 0)
      this.#transactions.set(txid, values)
    }
    if (values[vout] === undefined) this.#size += 1
    values[vout] = value
  }

  /** `set` for all outputs of a transaction of which none is there yet; undefined for one that is to be left out. */
  setAll(txid: Txid, values: (T | undefined)[]): void {
    this.#transactions.set(txid, values)
    for (let vout = 0; vout < values.length; vout++) if (values[vout] !== undefined) this.#size += 1
  }

  /** Whether there was one. */
  delete({ txid, vout }: OutPoint): boolean {
    const values = this.#transactions.get(txid)
    if (values?.[vout] === undefined) return false
    values[vout] = undefined
    this.#size -= 1
    if (isEmpty(values)) this.#transactions.delete(txid)
    return true
  }

  /** Visits all values with their outpoints. */
  visit(each: (value: T, outPoint: OutPoint) => void): void {
    for (const [txid, values] of this.#transactions) {
      if (values.length > MAX_LENGTH) {
        // Only the places that are in use: one may stand far out in its transaction.
        for (const vout in values) {
          const value = values[vout]
          if (value !== undefined) each(value, { txid, vout: Number(vout) })
        }
      } else {
        for (let vout = 0; vout < values.length; vout++) {
          const value = values[vout]
          if (value !== undefined) each(value, { txid, vout })
        }
      }
    }
  }
}

function isEmpty(values: readonly unknown[]): boolean {
  if (values.length <= MAX_LENGTH) return values.every((value) => value === undefined)
  // By its keys: one that stands far out makes an array of billions.
  for (const vout in values) if (values[vout] !== undefined) return false
  return true
}
