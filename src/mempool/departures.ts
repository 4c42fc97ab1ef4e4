import type { Emitter } from '../base/emitter.ts'
import type { MempoolEvents, RemovalReason } from '../ports/mempool.ts'
import { EvictionOrder } from './eviction.ts'
import type { FeeEstimator } from './fee-estimator.ts'
import type { FeeFloor } from './fee-floor.ts'
import { type Pending, withAncestors } from './pending.ts'
import type { Pool } from './pool.ts'

/** How long a transaction is pending at most, in milliseconds: two weeks. */
export const MAX_PENDING_MS = 336 * 60 * 60 * 1000

/** A full pool is emptied to this share of its cap, so that not every newcomer has it sorted anew. */
const EVICTION_SHARE = 0.95

export interface DeparturesDependencies {
  readonly pool: Pool
  readonly floor: FeeFloor
  readonly estimator: FeeEstimator
  readonly emitter: Emitter<MempoolEvents>
  /** base units a virtual byte that each pending transaction pays, by itself or with all that builds on it */
  readonly minFeeRate: number
}

/** The ways in which transactions leave the pool. */
export class Departures {
  readonly #dependencies: DeparturesDependencies

  constructor(dependencies: DeparturesDependencies) {
    this.#dependencies = dependencies
  }

  /** A block holds it: it goes alone. */
  mined(pending: Pending): void {
    this.#dependencies.pool.remove(pending)
    this.#dependencies.emitter.emit('removed', { entry: pending.entry, reason: 'mined' })
  }

  /**
   * Lets some go, with all that builds on them and with the parents that nobody pays for any more.
   * @returns all that went
   */
  drop(start: Iterable<Pending>, reason: RemovalReason): Pending[] {
    const { pool, estimator, emitter } = this.#dependencies
    const gone = pool.removeWithDescendants(start)
    for (const { entry } of gone) {
      const { txid } = entry.transaction
      if (reason === 'evicted' || reason === 'expired') estimator.fail(txid)
      else estimator.forget(txid)
      emitter.emit('removed', { entry, reason })
    }
    const unpaid = gone.flatMap(({ parents }) => parents).filter((parent) => this.#isUnpaid(parent))
    return unpaid.length > 0 ? [...gone, ...this.drop(unpaid, 'evicted')] : gone
  }

  /** Lets go of what pays too little even with all that builds on it. */
  dropUnpaid(): void {
    // Children first: whoever does not pay for himself is gone when it comes to his parents.
    for (const pending of this.#dependencies.pool.all().toReversed())
      if (this.#isUnpaid(pending)) this.drop([pending], 'evicted')
  }

  #isUnpaid(pending: Pending): boolean {
    const { pool, minFeeRate } = this.#dependencies
    return pending.descendantScore < minFeeRate && pool.get(pending.entry.transaction.txid) === pending
  }

  /**
   * Lets the lowest descendant scores go, when there is more than `maxVirtualBytes`, and raises the floor above them.
   * @returns how many had to go
   */
  makeRoom(maxVirtualBytes: number): number {
    const { pool, floor } = this.#dependencies
    if (pool.virtualBytes <= maxVirtualBytes) return 0
    const before = pool.size
    const order = new EvictionOrder(pool.all())
    const isPending = (pending: Pending): boolean => pool.get(pending.entry.transaction.txid) === pending
    while (pool.virtualBytes > maxVirtualBytes * EVICTION_SHARE) {
      const lowest = order.next(isPending)
      if (lowest === undefined) break
      floor.evicted(lowest.descendantFees / lowest.descendantSize)
      const gone = this.drop([lowest], 'evicted')
      const ancestors = withAncestors(gone.flatMap(({ parents }) => parents))
      order.reconsider([...ancestors].filter(isPending))
    }
    return before - pool.size
  }

  /** Lets go of what has been pending for too long. @param now - Unix milliseconds */
  expire(now: number): void {
    const old = this.#dependencies.pool.all().filter(({ entry }) => entry.addedAt < now - MAX_PENDING_MS)
    if (old.length > 0) this.drop(old, 'expired')
  }
}
