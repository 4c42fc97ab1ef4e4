import type { CoinChanges } from '../consensus/connect-block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { ChainStore, CoinWrite } from '../storage/chain-store.ts'
import { CoinsTable, NO_RECORD, type RecordNumber } from './coins-table.ts'

/*
 * What is known of a cached coin. A clean one is on disk just as it is here.
 */
const PRESENT = 1
/** differs from the disk */
const DIRTY = 2
/** not on disk: spent before it is written, it leaves no trace */
const FRESH = 4
/** spent since the last flush; it is on disk still */
const SPENT = 8
/** asked for since the last round of evictions */
const USED = 16
/** in the flush that is being written: it must stay as it is there */
const FLUSHING = 32

/** A record, its share of the index, and what the page holds in reserve: bytes. */
const BYTES_PER_COIN = 104

/** So many changes are worth a flush: some 10 MB. */
const MAX_UNSAVED = 100_000

/** What differs from the disk at one moment, on its way there. Exactly one of `done` and `failed` has to be called. */
export interface CoinsFlush {
  /** each is good until the next one is asked for */
  readonly changes: Iterable<CoinWrite>
  done(): void
  failed(): void
}

export interface CoinsCacheOptions {
  readonly maxBytes: number
  /** any 32 bits that others cannot guess */
  readonly salt: number
}

/**
 * The coins as of the connected tip: those on disk, and over them in memory all that changed since the last flush and
 * what was used lately.
 */
export class CoinsCache {
  readonly #store: Pick<ChainStore, 'coins'>
  readonly #table: CoinsTable
  readonly #maxCoins: number
  /** records that became dirty, in that order; some may be gone or here twice */
  #dirty: RecordNumber[] = []
  /** counts flushes: what was read from the disk before one may be out of date after it */
  #flushes = 0
  #hand: RecordNumber = 0

  constructor(store: Pick<ChainStore, 'coins'>, { maxBytes, salt }: CoinsCacheOptions) {
    this.#store = store
    this.#table = new CoinsTable(salt)
    this.#maxCoins = Math.floor(maxBytes / BYTES_PER_COIN)
  }

  /** coins in memory */
  get size(): number {
    return this.#table.size
  }

  /** memory in use, in bytes */
  get bytes(): number {
    return this.#table.bytes
  }

  /** Whether the disk is behind. */
  get isDirty(): boolean {
    return this.#dirty.length > 0
  }

  /** Whether there are so many changes that they should be written. */
  get isFull(): boolean {
    return this.#dirty.length > Math.min(MAX_UNSAVED, this.#maxCoins / 2)
  }

  /** The coins at these places, in their order. */
  async coins(outPoints: readonly OutPoint[]): Promise<(Coin | undefined)[]> {
    for (;;) {
      const found: (Coin | undefined)[] = []
      const missing: number[] = []
      for (let i = 0; i < outPoints.length; i++) {
        const record = this.#table.find(outPoints[i]!)
        found.push(record === NO_RECORD ? undefined : this.#read(record))
        if (record === NO_RECORD) missing.push(i)
      }
      if (missing.length === 0) return found
      const flushes = this.#flushes
      const stored = await this.#store.coins(missing.map((i) => outPoints[i]!))
      if (flushes !== this.#flushes) continue
      for (const [at, i] of missing.entries()) {
        const coin = stored[at]
        const outPoint = outPoints[i]!
        const record = this.#table.find(outPoint)
        // It may have changed while the disk was being read.
        if (record !== NO_RECORD) found[i] = this.#read(record)
        else if (coin !== undefined) {
          this.#table.add(outPoint, coin, PRESENT | USED)
          found[i] = coin
        }
      }
      return found
    }
  }

  #read(record: RecordNumber): Coin | undefined {
    const flags = this.#table.flags(record)
    if ((flags & SPENT) !== 0) return undefined
    if ((flags & USED) === 0) this.#table.setFlags(record, flags | USED)
    return this.#table.coin(record)
  }

  /** Takes over what a block that is connected or disconnected does. */
  apply({ made, spent }: CoinChanges): void {
    // First what is spent: in a move over several blocks a coin may be spent and made anew at another height.
    spent.visit((coin, outPoint) => this.#spend(outPoint, coin))
    made.visit((coin, outPoint) => this.#make(outPoint, coin))
  }

  #spend(outPoint: OutPoint, coin: Coin): void {
    const table = this.#table
    const record = table.find(outPoint)
    if (record === NO_RECORD) this.#dirty.push(table.add(outPoint, coin, PRESENT | DIRTY | SPENT))
    else {
      const flags = table.flags(record)
      if ((flags & FRESH) !== 0) table.remove(record)
      else {
        if ((flags & DIRTY) === 0) this.#dirty.push(record)
        table.setFlags(record, PRESENT | DIRTY | SPENT | (flags & FLUSHING))
      }
    }
  }

  #make(outPoint: OutPoint, coin: Coin): void {
    const table = this.#table
    const record = table.find(outPoint)
    if (record === NO_RECORD) {
      this.#dirty.push(table.add(outPoint, coin, PRESENT | DIRTY | USED | FRESH))
      return
    }
    // The same output, made anew by a block at another height.
    const flags = table.flags(record)
    if ((flags & DIRTY) === 0) this.#dirty.push(record)
    table.rewrite(record, coin, PRESENT | DIRTY | USED | (flags & (FRESH | FLUSHING)))
  }

  /**
   * Takes what differs from the disk to be written, and counts it as written from here on: what changes next is for the
   * next flush. One at a time. No block may be disconnected before it is over.
   */
  flush(): CoinsFlush {
    const table = this.#table
    const records: RecordNumber[] = []
    const spent: boolean[] = []
    for (const record of this.#dirty) {
      const flags = table.flags(record)
      if ((flags & DIRTY) === 0) continue
      records.push(record)
      spent.push((flags & SPENT) !== 0)
      table.setFlags(record, (flags & ~(DIRTY | FRESH)) | FLUSHING)
    }
    this.#dirty = []
    return {
      changes: this.#changes(records, spent),
      done: () => {
        this.#flushes += 1
        for (const record of records) {
          const flags = table.flags(record) & ~FLUSHING
          if ((flags & SPENT) !== 0 && (flags & DIRTY) === 0) table.remove(record)
          else table.setFlags(record, flags)
        }
      },
      failed: () => {
        for (const record of records) {
          const flags = table.flags(record)
          if ((flags & DIRTY) === 0) this.#dirty.push(record)
          table.setFlags(record, (flags & ~FLUSHING) | DIRTY)
        }
      },
    }
  }

  *#changes(records: readonly RecordNumber[], spent: readonly boolean[]): Iterable<CoinWrite> {
    const table = this.#table
    for (let i = 0; i < records.length; i++) {
      const { outPoint, coin } = table.glance(records[i]!)
      yield { outPoint, coin, spent: spent[i]! }
    }
  }

  /** What differs from the disk while no flush is under way, to be read at once. */
  *unwritten(): Iterable<CoinWrite> {
    const table = this.#table
    for (const record of this.#dirty) {
      const flags = table.flags(record)
      if ((flags & DIRTY) === 0) continue
      const { outPoint, coin } = table.glance(record)
      yield { outPoint, coin, spent: (flags & SPENT) !== 0 }
    }
  }

  /** Lets clean coins go that were not used lately, until the rest fits. */
  trim(): void {
    const table = this.#table
    // Twice round: the first may only find coins in use.
    for (let looked = 0; table.size > this.#maxCoins && looked < 2 * table.end; looked++) {
      this.#hand = this.#hand + 1 < table.end ? this.#hand + 1 : 0
      const flags = table.flags(this.#hand)
      if (flags === 0 || (flags & (DIRTY | FLUSHING)) !== 0) continue
      if ((flags & USED) !== 0) table.setFlags(this.#hand, flags & ~USED)
      else table.remove(this.#hand)
    }
  }
}
