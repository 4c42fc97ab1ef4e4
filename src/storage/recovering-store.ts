import { CairnError } from '../base/errors.ts'
import type { Store, StoreRange, StoreWrite } from '../ports/store.ts'
import type { LevelStore } from './level-store.ts'

/** What it takes to open a database again after a write has failed. */
export interface StoreRecovery {
  /** Rejects while the database, once closed, could not be opened again. */
  prepare(): Promise<void>
  /**
   * The database is closed: takes away what of the batch that failed has reached the disk, and rejects unless all that
   * was acknowledged is there.
   * @param written - single writes that have been acknowledged since it was opened
   */
  mend(written: number): Promise<void>
  open(): Promise<LevelStore>
  /** Rejects where the files that are written to are not those in the database's place any more. */
  expectPlace(): Promise<void>
}

/** A store that has a way back from a failed write. */
export interface RecoveringStore extends Store {
  /** the last write has failed, and there has been no way back yet */
  readonly failed: boolean
}

/**
 * Lets a store go on by itself after a failed write, such as on a full disk: the next write has the database closed and
 * opened again, as soon as that can be done. Until then reads are answered from what is open; while it is closed they
 * wait. Each write that comes meanwhile rejects with the reason.
 *
 * Before a write that is to be synced, and so before all that others rely on, the database has to be in its place: a
 * process can write to files that somebody has removed for as long as it likes.
 */
export function createRecoveringStore(store: LevelStore, recovery: StoreRecovery): RecoveringStore {
  return new StoreWithRecovery(store, recovery)
}

class StoreWithRecovery implements RecoveringStore {
  #store: LevelStore
  readonly #recovery: StoreRecovery
  /** whether `#store` is open; it is not while it is being opened again, and where that has failed */
  #isOpen = true
  #isMended = false
  /** `close` has been called */
  #isEnded = false
  /** reads and writes under way; a listing counts from its first entry to its last */
  #users = 0
  #listings = 0
  #left = Promise.withResolvers<void>()
  /** until this resolves whoever wants to read or write has to wait */
  #closed: Promise<void> | undefined
  #recovering: Promise<void> | undefined

  constructor(store: LevelStore, recovery: StoreRecovery) {
    this.#store = store
    this.#recovery = recovery
  }

  get failed(): boolean {
    return !this.#isOpen || this.#store.failed
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#use((store) => store.get(key))
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#use((store) => store.getMany(keys))
  }

  async *entries(range: StoreRange) {
    const store = await this.#enter()
    this.#listings += 1
    try {
      yield* store.entries(range)
    } finally {
      this.#listings -= 1
      this.#leave()
    }
  }

  async batch(writes: Iterable<StoreWrite>, options: { readonly sync?: boolean } = {}): Promise<void> {
    if (this.failed) await this.#recover()
    if (options.sync === true) await this.#recovery.expectPlace()
    await this.#use((store) => store.batch(writes, options))
  }

  async close(): Promise<void> {
    this.#isEnded = true
    await this.#recovering?.catch(() => {})
    if (this.#isOpen) await this.#store.close()
  }

  async #use<T>(work: (store: LevelStore) => Promise<T>): Promise<T> {
    const store = await this.#enter()
    try {
      return await work(store)
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<LevelStore> {
    for (;;) {
      if (this.#closed !== undefined) await this.#closed
      else if (!this.#isOpen) await this.#recover()
      else break
    }
    this.#users += 1
    return this.#store
  }

  #leave(): void {
    this.#users -= 1
    this.#left.resolve()
    this.#left = Promise.withResolvers()
  }

  #recover(): Promise<void> {
    this.#recovering ??= this.#reopen().finally(() => {
      this.#recovering = undefined
    })
    return this.#recovering
  }

  async #reopen(): Promise<void> {
    if (this.#isEnded) throw new CairnError('store-failed', 'the database has been closed')
    await this.#recovery.prepare()
    // Others may still come in until no listing is left: what goes through one may have to read, too, to come to its end.
    while (this.#listings > 0) await this.#left.promise
    const closed = Promise.withResolvers<void>()
    this.#closed = closed.promise
    try {
      while (this.#users > 0) await this.#left.promise
      await this.#exchange()
    } finally {
      this.#closed = undefined
      closed.resolve()
    }
  }

  async #exchange(): Promise<void> {
    if (this.#isOpen) {
      await this.#store.close()
      this.#isOpen = false
      this.#isMended = false
    }
    // Only once: an attempt to open it after that may have begun new files.
    if (!this.#isMended) await this.#recovery.mend(this.#store.written)
    this.#isMended = true
    this.#store = await this.#recovery.open()
    this.#isOpen = true
  }
}
