import { type CompactBlock, createShortIds } from '../../protocols/compact-block.ts'
import { invariant } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import { type Block, makeBlock } from '../primitives/block.ts'
import type { Wtxid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'

/** Transactions that are hashed before others get a turn: some 2 ms. */
const HASHED_AT_ONCE = 4_096

/** A compact block on its way to become a block. */
export interface BlockDraft {
  /** places without a transaction, ascending */
  missing(): number[]
  /** every place but the prefilled ones, ascending */
  named(): number[]
  /** Puts transactions into places, whatever was there; false where one has not the short id of its place. */
  fill(places: readonly number[], transactions: readonly Transaction[]): boolean
  /** Only where nothing is missing. Whether it is the block of the header is still to be checked. */
  block(): Block
}

/**
 * Fills the places of a compact block from the transactions that are at hand. A short id that two of them have, or that
 * is there twice in the block, says nothing: such places are left empty.
 */
export async function draftBlock(
  compact: CompactBlock,
  pool: readonly Transaction[],
  clock: Pick<Clock, 'turn'>,
): Promise<BlockDraft> {
  const { header, shortIds, prefilled } = compact
  const shortIdOf = createShortIds(header, compact.nonce)
  const count = shortIds.length + prefilled.length
  const places = new Array<Transaction | undefined>(count).fill(undefined)
  const isPrefilled = new Uint8Array(count)
  for (const { index, transaction } of prefilled) {
    places[index] = transaction
    isPrefilled[index] = 1
  }
  const named: number[] = []
  for (let index = 0; index < count; index++) if (isPrefilled[index] === 0) named.push(index)

  /** where a short id stands; undefined once it is known to be ambiguous */
  const placeOf = new Map<number, number | undefined>()
  for (const [i, id] of shortIds.entries()) placeOf.set(id, placeOf.has(id) ? undefined : named[i]!)

  let empty = placeOf.size
  for (let i = 0; i < pool.length && empty > 0; i++) {
    if (i % HASHED_AT_ONCE === HASHED_AT_ONCE - 1) await clock.turn()
    const transaction = pool[i]!
    const id = shortIdOf(transaction.wtxid)
    const place = placeOf.get(id)
    if (place === undefined) continue
    const other = places[place]
    if (other === undefined) {
      places[place] = transaction
      empty -= 1
    } else if (other.wtxid !== transaction.wtxid) {
      places[place] = undefined
      placeOf.set(id, undefined)
    }
  }

  const shortIdAt = (place: number): number => {
    let prefilledBefore = 0
    for (const { index } of prefilled) if (index < place) prefilledBefore += 1
    return shortIds[place - prefilledBefore]!
  }

  return {
    missing: () => named.filter((place) => places[place] === undefined),
    named: () => named,
    fill(at, transactions) {
      invariant(at.length === transactions.length, 'one transaction for each place')
      for (const [i, place] of at.entries()) {
        const transaction = transactions[i]!
        if (shortIdOf(transaction.wtxid) !== shortIdAt(place)) return false
        places[place] = transaction
      }
      return true
    },
    block() {
      const transactions = places.filter((transaction) => transaction !== undefined)
      invariant(transactions.length === count, 'no transaction is missing')
      return makeBlock(header, transactions)
    },
  }
}

/** So many transactions that left the mempool lately are tried too, as in Bitcoin Core. */
const MAX_LATELY_LEFT = 100
/** and no more than so many bytes of them */
const MAX_LATELY_LEFT_BYTES = 1_000_000

/** Transactions that the mempool let go without seeing them in a block: a miner may have kept them. */
export class LatelyLeft {
  readonly #transactions = new Map<Wtxid, Transaction>()
  #bytes = 0

  add(transaction: Transaction): void {
    if (this.#transactions.has(transaction.wtxid)) return
    this.#transactions.set(transaction.wtxid, transaction)
    this.#bytes += transaction.bytes.length
    for (const oldest of this.#transactions.values()) {
      if (this.#transactions.size <= MAX_LATELY_LEFT && this.#bytes <= MAX_LATELY_LEFT_BYTES) break
      this.#transactions.delete(oldest.wtxid)
      this.#bytes -= oldest.bytes.length
    }
  }

  list(): Transaction[] {
    return [...this.#transactions.values()]
  }
}
