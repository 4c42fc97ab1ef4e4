import { createSerialQueue } from '../base/serial-queue.ts'
import type { Pruning } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { BlockWrites, ChainStore } from '../storage/chain-store.ts'
import type { ChainState } from './chain-state.ts'
import type { CoinsFlush } from './coins-cache.ts'
import { recordOf, type TreeEntry } from './header-tree.ts'

/** A power cut loses at most the blocks of this last while, which peers still have; the end of the process, none. */
const SYNC_INTERVAL_MS = 1_000

/** Blocks whose bodies are dropped with one flush. */
const MAX_PRUNED_AT_ONCE = 1_000

export interface ChainWriterOptions {
  /** bodies and undo data are kept for so many blocks below the tip; undefined keeps all */
  readonly prune?: number
}

/** Brings what changes in memory to the disk: blocks at once, coins now and then. */
export class ChainWriter {
  /** headers that the store does not have, or not as they are now */
  readonly unsaved = new Set<TreeEntry>()
  readonly #state: ChainState
  readonly #store: ChainStore
  readonly #clock: Clock
  readonly #prune: number | undefined
  /** one batch after another, so that no older record of a header overtakes a newer one */
  readonly #saves = createSerialQueue()
  #lastSync = Number.NEGATIVE_INFINITY
  /** bodies of the connected chain are dropped up to this height */
  #pruned = 0
  /** one flush after another */
  readonly #flushes = createSerialQueue()
  /** the tip as of which the coins are stored */
  #flushedTip: TreeEntry

  constructor(state: ChainState, store: ChainStore, clock: Clock, { prune }: ChainWriterOptions) {
    this.#state = state
    this.#store = store
    this.#clock = clock
    this.#prune = prune
    this.#flushedTip = state.tree.genesis
  }

  /** To be called once, with the tip that the store was opened with. */
  opened(tip: TreeEntry): void {
    this.#flushedTip = tip
    while (this.#state.path.at(this.#pruned + 1)?.pruned) this.#pruned += 1
  }

  /** What is kept; undefined where that is everything. */
  pruning(): Pruning | undefined {
    if (this.#prune === undefined && this.#pruned === 0) return undefined
    return { keptBlocks: this.#prune, lowestBody: this.#pruned === 0 ? 0 : this.#pruned + 1 }
  }

  /** One batch of blocks and of the headers that are unsaved. */
  save(writes: Omit<BlockWrites, 'headers'>, options: { readonly sync?: boolean } = {}): Promise<void> {
    return this.#saves.run(() => this.#save(writes, options))
  }

  async #save(
    { bodies = [], ...writes }: Omit<BlockWrites, 'headers'>,
    { sync = false }: { readonly sync?: boolean },
  ): Promise<void> {
    const { tree } = this.#state
    const arriving = [...bodies].map(({ hash }) => tree.get(hash)!)
    for (const entry of arriving) entry.stored = true
    const headers = [...this.unsaved]
    this.unsaved.clear()
    try {
      await this.#store.saveBlocks({ ...writes, bodies, headers: headers.map(recordOf) }, { sync })
    } catch (error) {
      for (const entry of arriving) entry.stored = false
      for (const entry of headers) this.unsaved.add(entry)
      throw error
    }
    if (sync) this.#lastSync = this.#clock.monotonic()
  }

  /** Whether the next move of the tip should be made to last. */
  isSyncDue(): boolean {
    return this.#clock.monotonic() - this.#lastSync >= SYNC_INTERVAL_MS
  }

  /** Resolves when no flush is under way. */
  flushed(): Promise<void> {
    return this.#flushes.idle()
  }

  /** Runs what may take back coins that a flush would be writing, or rests on the coins that are stored. */
  betweenFlushes<T>(job: () => Promise<T> | T): Promise<T> {
    return this.#flushes.run(job)
  }

  /**
   * Takes the stored coins to the tip in one batch, while blocks go on being connected. Those that come after it has
   * begun are for the next one.
   */
  flush(): Promise<void> {
    return this.#flushes.run(async () => {
      const { cache, path } = this.#state
      if (!cache.isDirty && path.tip === this.#flushedTip) return
      await this.#flush(cache.flush(), path.tip)
      await this.#pruneBodies()
    })
  }

  async #flush({ changes, done, failed }: CoinsFlush, tip: TreeEntry): Promise<void> {
    try {
      await this.#store.flushCoins(changes, tip.hash, { sync: true })
    } catch (error) {
      failed()
      throw error
    }
    this.#lastSync = this.#clock.monotonic()
    this.#flushedTip = tip
    done()
    this.#state.cache.trim()
  }

  /** Drops the bodies that are too deep, on the connected chain and right beside it. */
  async #pruneBodies(): Promise<void> {
    if (this.#prune === undefined) return
    const { path } = this.#state
    // Not below the connected tip: a start after a crash goes on from the one whose coins are stored.
    const last = Math.min(this.#flushedTip.height - this.#prune, this.#pruned + MAX_PRUNED_AT_ONCE)
    if (last <= this.#pruned) return
    const dropped: TreeEntry[] = []
    for (let height = this.#pruned + 1; height <= last; height++)
      for (const entry of path.at(height)!.parent!.children)
        if (entry.hasBody && entry.stored) dropped.push(entry)
    for (const entry of dropped) {
      entry.hasBody = false
      entry.pruned = true
      this.unsaved.add(entry)
    }
    try {
      await this.save({ pruned: dropped.map((entry) => entry.hash) })
      this.#pruned = last
    } catch (error) {
      for (const entry of dropped) {
        entry.hasBody = true
        entry.pruned = false
      }
      throw error
    }
  }
}
