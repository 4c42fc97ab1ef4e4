import { type DecodeError, decode } from '../base/reader.ts'
import { OK, type Result } from '../base/result.ts'
import { ByteWriter } from '../base/writer.ts'
import type { Txid } from '../primitives/hash.ts'
import { FEE_BUCKETS, feeBucket } from './fee-buckets.ts'
import { FeeHorizon, type HorizonOptions } from './fee-horizon.ts'

/** Blocks ahead that can be asked for. */
export const MAX_FEE_TARGET = 144

/** Weights fall by half in 18 blocks, 144 blocks and 1,008 blocks. */
const HORIZONS: readonly HorizonOptions[] = [
  { scale: 1, periods: 12, decay: 0.962, sufficient: 0.5 },
  { scale: 2, periods: 24, decay: 0.9952, sufficient: 0.1 },
  { scale: 12, periods: 24, decay: 0.99931, sufficient: 0.1 },
]
const LONGEST_WAIT = 288

/** The parts of the transactions of a fee rate that have to have been mined in half of, in all of, in twice the time. */
const HALF_TARGET_SHARE = 0.6
const TARGET_SHARE = 0.85
const DOUBLE_TARGET_SHARE = 0.95

interface Watched {
  readonly bucket: number
  readonly feeRate: number
  /** of the tip when it came */
  readonly height: number
}

/**
 * Says what fee rate was enough lately, after Bitcoin Core's `CBlockPolicyEstimator`: it watches each transaction from
 * the mempool into a block. What never was in our mempool counts for nothing, so that miners cannot fake it by
 * filling blocks with transactions of their own.
 */
export class FeeEstimator {
  #horizons = HORIZONS.map((options) => new FeeHorizon(options))
  readonly #watched = new Map<Txid, Watched>()
  #height = 0
  #isBlank = true
  #answers: readonly (number | undefined)[] | undefined

  /** @param height - of the tip */
  watch(txid: Txid, feeRate: number, height: number): void {
    // A block of that height was counted before, on a branch that the chain has left.
    if (height < this.#height) return
    this.#height = height
    this.#watched.set(txid, { bucket: feeBucket(feeRate), feeRate, height })
    this.#answers = undefined
  }

  /** It is pending no more, for a reason that says nothing of its fee. */
  forget(txid: Txid): void {
    if (this.#watched.delete(txid)) this.#answers = undefined
  }

  /** It was pending, and its fee was not enough. */
  fail(txid: Txid): void {
    const watched = this.#watched.get(txid)
    if (watched === undefined) return
    this.forget(txid)
    this.#isBlank = false
    for (const horizon of this.#horizons) horizon.failed(watched.bucket, this.#height - watched.height)
  }

  /**
   * A block has joined the best chain.
   * @param mined - what it holds of all that was pending
   */
  blockConnected(height: number, mined: readonly Txid[]): void {
    const found = mined.flatMap((txid) => this.#watched.get(txid) ?? [])
    for (const txid of mined) this.forget(txid)
    // After a reorganisation the blocks up to the old height were counted already.
    if (height <= this.#height) return
    this.#height = height
    // Most of a first sync: there is nothing that could weigh less.
    if (found.length === 0 && this.#isBlank) return
    this.#isBlank = false
    this.#answers = undefined
    for (const horizon of this.#horizons) {
      horizon.decay()
      for (const { bucket, feeRate, height: from } of found)
        if (height > from) horizon.mined(bucket, feeRate, height - from)
    }
  }

  /**
   * Base units a virtual byte for one of the next `target` blocks; undefined where too little is known. 1 is answered
   * as 2: whether a block is found just after a transaction came is chance. Never more for a longer wait.
   */
  estimate(target: number): number | undefined {
    this.#answers ??= this.#answerAll()
    return this.#answers[Math.max(2, target)]
  }

  #answerAll(): (number | undefined)[] {
    const waiting = this.#waitingByAge()
    const answers: (number | undefined)[] = []
    let least: number | undefined
    for (let target = 2; target <= MAX_FEE_TARGET; target++) {
      const parts = [
        this.#inHorizon(Math.floor(target / 2), HALF_TARGET_SHARE, waiting),
        this.#inHorizon(target, TARGET_SHARE, waiting),
        this.#inHorizon(2 * target, DOUBLE_TARGET_SHARE, waiting),
      ].filter((part) => part !== undefined)
      if (parts.length > 0) least = Math.min(Math.max(...parts), least ?? Number.POSITIVE_INFINITY)
      answers[target] = least
    }
    return answers
  }

  #inHorizon(target: number, share: number, waiting: readonly Float64Array[]): number | undefined {
    const horizon = this.#horizons.find(({ maxTarget }) => maxTarget >= target)
    return horizon?.estimate(target, share, waiting[target]!)
  }

  /** By blocks and bucket: what has waited at least as long. */
  #waitingByAge(): Float64Array[] {
    const byAge = Array.from({ length: LONGEST_WAIT + 1 }, () => new Float64Array(FEE_BUCKETS))
    for (const { bucket, height } of this.#watched.values())
      byAge[Math.min(this.#height - height, LONGEST_WAIT)]![bucket]! += 1
    for (let age = LONGEST_WAIT; age > 0; age--)
      for (let bucket = 0; bucket < FEE_BUCKETS; bucket++) byAge[age - 1]![bucket]! += byAge[age]![bucket]!
    return byAge
  }

  /** What it knows of the past; not what is pending. */
  save(): Uint8Array {
    const writer = new ByteWriter(1 << 17)
    writer.u32(this.#height)
    for (const horizon of this.#horizons) horizon.write(writer)
    return writer.finish()
  }

  /**
   * Takes over what another one has saved; changes nothing where that cannot be read.
   * @param height - of the tip now: a chain that was made anew has to be counted from there
   */
  load(saved: Uint8Array, height: number): Result<undefined, DecodeError> {
    const read = decode(saved, (reader) => {
      const savedHeight = reader.u32()
      const horizons = HORIZONS.map((options) => new FeeHorizon(options))
      for (const horizon of horizons) horizon.read(reader)
      return { savedHeight, horizons }
    })
    if (!read.ok) return read
    this.#horizons = read.value.horizons
    this.#isBlank = false
    this.#height = Math.min(read.value.savedHeight, height)
    this.#answers = undefined
    return OK
  }
}
