import type { ByteReader } from '../base/reader.ts'
import type { ByteWriter } from '../base/writer.ts'
import { FEE_BUCKETS } from './fee-buckets.ts'
import { readFloats, writeFloats } from './float-record.ts'

export interface HorizonOptions {
  /** blocks of a period: what was mined within one is not told apart */
  readonly scale: number
  /** how many of them are told apart */
  readonly periods: number
  /** what a transaction counts for less with each block */
  readonly decay: number
  /** transactions a block, on average, that an answer has to rest on */
  readonly sufficient: number
}

/**
 * How long transactions of each fee bucket took to be mined, the latest weighing most: one of the `TxConfirmStats` of
 * Bitcoin Core's estimator. Short horizons forget soon and so follow the market; long ones can answer for long waits.
 */
export class FeeHorizon {
  readonly #options: HorizonOptions
  /** by bucket: transactions that were mined, and the sum of their fee rates */
  readonly #mined = new Float64Array(FEE_BUCKETS)
  readonly #rates = new Float64Array(FEE_BUCKETS)
  /** by period and bucket: those mined within so many periods, and those that left unmined after as many */
  readonly #within: Float64Array
  readonly #failed: Float64Array

  constructor(options: HorizonOptions) {
    this.#options = options
    this.#within = new Float64Array(options.periods * FEE_BUCKETS)
    this.#failed = new Float64Array(options.periods * FEE_BUCKETS)
  }

  /** the longest wait that it can answer for, in blocks */
  get maxTarget(): number {
    return this.#options.periods * this.#options.scale
  }

  /** One more block: all that is known weighs less. */
  decay(): void {
    for (const values of this.#all())
      for (let i = 0; i < values.length; i++) values[i]! *= this.#options.decay
  }

  mined(bucket: number, feeRate: number, blocks: number): void {
    this.#mined[bucket]! += 1
    this.#rates[bucket]! += feeRate
    const { periods, scale } = this.#options
    for (let period = Math.ceil(blocks / scale) - 1; period < periods; period++)
      this.#within[period * FEE_BUCKETS + bucket]! += 1
  }

  /** It left without being mined, `blocks` after it came. */
  failed(bucket: number, blocks: number): void {
    const { periods, scale } = this.#options
    const waited = Math.min(Math.floor(blocks / scale), periods)
    for (let period = 0; period < waited; period++) this.#failed[period * FEE_BUCKETS + bucket]! += 1
  }

  /**
   * The fee rate of those that pay least among the buckets where enough were mined within `target` blocks: from the
   * highest bucket down, as many at a time as it takes to have enough to go by.
   * @param threshold - the part of them that has to have been mined by then
   * @param waiting - by bucket: those that still wait after as many blocks
   */
  estimate(target: number, threshold: number, waiting: Float64Array): number | undefined {
    const { scale, decay, sufficient } = this.#options
    const enough = sufficient / (1 - decay)
    const row = (Math.ceil(target / scale) - 1) * FEE_BUCKETS
    let best: { readonly low: number; readonly high: number } | undefined
    let high = FEE_BUCKETS - 1
    let [mined, within, missed] = [0, 0, 0]
    for (let low = high; low >= 0; low--) {
      mined += this.#mined[low]!
      within += this.#within[row + low]!
      missed += this.#failed[row + low]! + waiting[low]!
      if (mined < enough || within / (mined + missed) < threshold) continue
      best = { low, high }
      high = low - 1
      mined = within = missed = 0
    }
    return best && this.#medianRate(best.low, best.high)
  }

  /** Of a range of buckets: the mean of the one that its median transaction is in. */
  #medianRate(low: number, high: number): number {
    let half = 0
    for (let bucket = low; bucket <= high; bucket++) half += this.#mined[bucket]! / 2
    let bucket = low
    while (bucket < high && half > this.#mined[bucket]!) half -= this.#mined[bucket++]!
    return this.#rates[bucket]! / this.#mined[bucket]!
  }

  write(writer: ByteWriter): void {
    for (const values of this.#all()) writeFloats(writer, values)
  }

  /** @throws DecodeError where it holds anything but what `write` writes */
  read(reader: ByteReader): void {
    for (const values of this.#all()) readFloats(reader, values)
  }

  #all(): Float64Array[] {
    return [this.#mined, this.#rates, this.#within, this.#failed]
  }
}
