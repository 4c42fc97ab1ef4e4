import { Level } from 'level'
import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import type { Store, StoreRange } from '../ports/store.ts'

type Database = Level<Uint8Array, Uint8Array>

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const

/**
 * Opens the LevelDB at `location` (a folder in Node, a name in a browser), making it where it is missing.
 * @throws CairnError `store-locked` while another process has it open, `store-unreadable` where it cannot be opened
 */
export async function openLevelStore(location: string): Promise<Store> {
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
  return new LevelStore(database, location)
}

/** Node's binding hands out Buffers, whose `slice` does not copy: others get what the port promises. */
function plain(bytes: Uint8Array): Uint8Array
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

class LevelStore implements Store {
  readonly #database: Database
  readonly #location: string

  constructor(database: Database, location: string) {
    this.#database = database
    this.#location = location
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

  batch(
    writes: readonly { key: Uint8Array; value: Uint8Array | undefined }[],
    { sync = false } = {},
  ): Promise<void> {
    const operations = writes.map(({ key, value }) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    )
    return this.#guard('writing to', () => this.#database.batch(operations, { ...VIEW, sync }))
  }

  close(): Promise<void> {
    return this.#guard('closing', () => this.#database.close())
  }
}
