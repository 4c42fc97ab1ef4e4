import { OK, type Result } from '../base/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { AdmissionError, ListedEntry, MempoolEntry, MempoolFamily } from '../ports/mempool.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { FeeEstimator, MAX_FEE_TARGET } from './fee-estimator.ts'
import { FeeFloor } from './fee-floor.ts'
import { type Pending, withAncestors } from './pending.ts'
import { refused } from './policy.ts'
import { Pool } from './pool.ts'

export interface MempoolOptions {
  /** the sum of virtual sizes above which the lowest fee rates are let go */
  readonly maxVirtualBytes: number
  /** base units a virtual byte below which nothing is ever taken */
  readonly minFeeRate: number
}

/** What can be asked of a mempool without waiting. */
export class MempoolView {
  readonly fees = new FeeEstimator()
  protected readonly options: MempoolOptions
  protected readonly pool = new Pool()
  protected readonly floor

  constructor(options: MempoolOptions, clock: Clock) {
    this.options = options
    this.floor = new FeeFloor(clock)
  }

  get size(): number {
    return this.pool.size
  }

  get virtualBytes(): number {
    return this.pool.virtualBytes
  }

  minFeeRate(): number {
    const { minFeeRate, maxVirtualBytes } = this.options
    return Math.max(minFeeRate, this.floor.rate(this.pool.virtualBytes / maxVirtualBytes))
  }

  protected checkFee(fee: number, virtualSize: number): Result<undefined, AdmissionError> {
    const asked = (rate: number): number => Math.ceil(virtualSize * rate)
    const wanted = asked(this.minFeeRate())
    if (fee >= wanted) return OK
    return refused(
      fee < asked(this.options.minFeeRate) ? 'fee-below-minimum' : 'fee-below-floor',
      `It pays ${fee} base units for ${virtualSize} virtual bytes; ${wanted} are needed.`,
    )
  }

  estimateFee(targetBlocks: number): number | undefined {
    if (!Number.isInteger(targetBlocks) || targetBlocks < 1 || targetBlocks > MAX_FEE_TARGET)
      throw new RangeError(`targetBlocks is ${targetBlocks}, not one of 1 to ${MAX_FEE_TARGET}`)
    const estimate = this.fees.estimate(targetBlocks)
    return estimate && Math.max(estimate, this.minFeeRate())
  }

  get(txid: Txid): MempoolEntry | undefined {
    return this.pool.get(txid)?.entry
  }

  getByWtxid(wtxid: Wtxid): MempoolEntry | undefined {
    return this.pool.getByWtxid(wtxid)?.entry
  }

  spenderOf(outPoint: OutPoint): MempoolEntry | undefined {
    return this.pool.spenderOf(outPoint)?.entry
  }

  entries(): readonly MempoolEntry[] {
    return this.pool.entries()
  }

  entriesAfter(sequence: number, max: number): readonly ListedEntry[] {
    return this.pool.after(sequence, max)
  }

  familyOf(txid: Txid): MempoolFamily | undefined {
    const pending = this.pool.get(txid)
    if (pending === undefined) return undefined
    const txidOf = ({ entry }: Pending): Txid => entry.transaction.txid
    const ancestors = { count: 0, virtualSize: 0, fees: 0 }
    for (const { entry } of withAncestors([pending])) {
      ancestors.count += 1
      ancestors.virtualSize += entry.virtualSize
      ancestors.fees += entry.fee
    }
    const { descendantCount: count, descendantSize: virtualSize, descendantFees: fees } = pending
    return {
      parents: pending.parents.map(txidOf),
      children: pending.children.map(txidOf),
      ancestors,
      descendants: { count, virtualSize, fees },
    }
  }

  inventory(minFeeRate: number, max: number): readonly MempoolEntry[] {
    return this.pool.inventory(minFeeRate, max)
  }
}
