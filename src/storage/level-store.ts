import { Level } from 'level'
import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store, StoreRange, StoreWrite } from '../ports/store.ts'

type Database = Level<Uint8Array, Uint8Array>

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const

/**
 * Hashes and keys do not compress, and blocks as they are can be checked without a decompressor
 * (src/platform/node/database-check.ts).
 */
const COMPRESSION = false

/** Twice LevelDB's: a third less compaction. Larger ones gain little, and what is in the buffer has to be read back after a crash. */
const WRITE_BUFFER_BYTES = 8 * 2 ** 20

export interface LevelStoreOptions extends Partial<Pick<Clock, 'turn'>> {
  /** bytes of writes that are collected in memory, and in a log, before they become a table */
  readonly writeBufferSize?: number
  /** whether a database is made where there is none; true unless told */
  readonly createIfMissing?: boolean
}

/** A store on disk. */
export interface LevelStore extends Store {
  /** A write has failed: no further one is taken until the database is opened again (`recovering-store.ts`). */
  readonly failed: boolean
  /** puts and removals in the batches that have succeeded */
  readonly written: number
}

/**
 * Opens the LevelDB at `location` (a folder in Node, a name in a browser), making it where it is missing.
 * @param turn - lets others run between the slices of a long batch
 * @throws CairnError `store-locked` while another process has it open, `store-unreadable` where it cannot be opened
 */
export async function openLevelStore(
  location: string,
  {
    turn = async () => {},
    writeBufferSize = WRITE_BUFFER_BYTES,
    createIfMissing = true,
  }: LevelStoreOptions = {},
): Promise<LevelStore> {
  const options = { ...VIEW, compression: COMPRESSION, writeBufferSize, createIfMissing }
  const database: Database = new Level(location, options)
  try {
    await database.open()
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause
    if (errorCode(cause) === 'LEVEL_LOCKED')
      throw new CairnError('store-locked', `${location} is open in another process`, { location }, error)
    throw new CairnError(
      'store-unreadable',
      `cannot open the database ${location}: ${errorMessage(cause ?? error)}`,
      { location },
      error,
    )
  }
  return new OpenLevelStore(database, location, turn)
}

/** What systems say where a disk, or a quota on it, is full: LevelDB hands on their words, not their codes. */
const FULL = /no space left|disk quota exceeded|not enough space|disk is full/i

/** The error that tells people what to do about a full disk; undefined where it is something else. */
export function diskFull(location: string, error: unknown): CairnError | undefined {
  if (!FULL.test(errorMessage(error))) return undefined
  return new CairnError(
    'disk-full',
    `there is no room left on the disk for ${location}: nothing is written until there is, then it goes on by itself`,
    { location },
    error,
  )
}

/** A few milliseconds of work: a batch may hold a hundred thousand. */
const WRITES_PER_TURN = 1_000

/** Node's binding hands out Buffers, whose `slice` does not copy: others get what the port promises. */
function plain(bytes: Uint8Array): Uint8Array
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

class OpenLevelStore implements LevelStore {
  readonly #database: Database
  readonly #location: string
  readonly #turn: Clock['turn']
  /**
   * LevelDB goes on behind the torn end that a failed write leaves in its log, and finds none of it when it is opened
   * again: what it acknowledged meanwhile, synced or not, is lost.
   */
  #failure: Error | undefined
  #written = 0
  /** one after another, so that none follows one that fails */
  readonly #writes = createSerialQueue()

  constructor(database: Database, location: string, turn: Clock['turn']) {
    this.#database = database
    this.#location = location
    this.#turn = turn
  }

  async #guard<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      throw diskFull(this.#location, error) ?? this.#broken(action, error)
    }
  }

  #broken(action: string, error: unknown): CairnError {
    const location = this.#location
    return new CairnError(
      'store-failed',
      `${action} ${location} failed: ${errorMessage(error)}`,
      { location },
      error,
    )
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get written(): number {
    return this.#written
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#guard('reading', async () => plain(await this.#database.get(key)))
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#guard('reading', async () => {
      const values = await this.#database.getMany([...keys])
      return values.map((value) => plain(value))
    })
  }

  async *entries({ gte, lt, reverse = false, limit = -1 }: StoreRange) {
    const iterator = this.#database.iterator({ gte, lt, reverse, limit, ...VIEW })
    try {
      while (true) {
        const entries = await this.#guard('reading', () => iterator.nextv(1_000))
        if (entries.length === 0) return
        for (const [key, value] of entries) yield [plain(key), plain(value)] as const
      }
    } finally {
      await iterator.close()
    }
  }

  batch(writes: Iterable<StoreWrite>, { sync = false } = {}): Promise<void> {
    return this.#guard('writing to', async () => {
      const batch = this.#database.batch()
      try {
        for (const { key, value } of writes) {
          if (value === undefined) batch.del(key, VIEW)
          else batch.put(key, value, VIEW)
          if (batch.length % WRITES_PER_TURN === 0) await this.#turn()
        }
      } catch (error) {
        await batch.close()
        throw error
      }
      await this.#writes.run(async () => {
        if (this.#failure !== undefined) {
          await batch.close()
          throw this.#failure
        }
        const { length } = batch
        await batch.write({ sync }).catch((error) => {
          if (this.#database.status === 'open') this.#failure = error
          throw error
        })
        this.#written += length
      })
    })
  }

  close(): Promise<void> {
    return this.#guard('closing', () => this.#database.close())
  }
}
