import { Level } from 'level'
import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store, StoreRange, StoreWrite } from '../ports/store.ts'

type Database = Level<Uint8Array, Uint8Array>

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const

/**
 * Opens the LevelDB at `location` (a folder in Node, a name in a browser), making it where it is missing.
 * @param turn - lets others run between the slices of a long batch
 * @throws CairnError `store-locked` while another process has it open, `store-unreadable` where it cannot be opened
 */
export async function openLevelStore(
  location: string,
  { turn = async () => {} }: Partial<Pick<Clock, 'turn'>> = {},
): Promise<Store> {
  const database: Database = new Level(location, { ...VIEW })
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
  return new LevelStore(database, location, turn)
}

/** A few milliseconds of work: a batch may hold a hundred thousand. */
const WRITES_PER_TURN = 1_000

/** Node's binding hands out Buffers, whose `slice` does not copy: others get what the port promises. */
function plain(bytes: Uint8Array): Uint8Array
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

class LevelStore implements Store {
  readonly #database: Database
  readonly #location: string
  readonly #turn: Clock['turn']

  constructor(database: Database, location: string, turn: Clock['turn']) {
    this.#database = database
    this.#location = location
    this.#turn = turn
  }

  async #guard<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      throw new CairnError(
        'store-failed',
        `${action} ${this.#location} failed: ${errorMessage(error)}`,
        { location: this.#location },
        error,
      )
    }
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
      await batch.write({ sync })
    })
  }

  close(): Promise<void> {
    return this.#guard('closing', () => this.#database.close())
  }
}
