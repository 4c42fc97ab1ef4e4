import { toHex } from '../../src/base/bytes.ts'
import type { Store, StoreWrite } from '../../src/ports/store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'

/** The least that LevelDB takes, so that a small database has many tables. */
const WRITE_BUFFER_BYTES = 65_536

/** Opens a store whose tables are small. */
export const openSmallTables = (folder: string) =>
  openLevelStore(folder, { writeBufferSize: WRITE_BUFFER_BYTES })

const KEYS = 3_000
const WRITES_PER_BATCH = 20
const COUNT_KEY = new TextEncoder().encode('count')

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** mulberry32: as good as a test needs, and fast. */
function createDice(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/**
 * The batch of that number in a history that is the same in every run: new records, overwrites and deletions, and the
 * batch's number, by which a database tells how far it has come.
 */
function batchOf(number: number): StoreWrite[] {
  const below = createDice(number)
  const writes: StoreWrite[] = [{ key: COUNT_KEY, value: u32(number) }]
  for (let i = 0; i < WRITES_PER_BATCH; i++) {
    const key = Uint8Array.of(0x6b, ...u32(below(KEYS)), 0, 0, 0, 0)
    const value = Uint8Array.from({ length: 20 + below(180) }, () => below(256))
    writes.push({ key, value: below(8) === 0 ? undefined : value })
  }
  return writes
}

/** Writes the batches after the last one that is there, up to the given one; tells of each once it is written. */
export async function writeHistory(
  store: Store,
  to: number,
  onWritten: (number: number) => void = () => {},
): Promise<void> {
  const stored = await store.get(COUNT_KEY)
  const from = stored === undefined ? 0 : new DataView(stored.buffer, stored.byteOffset).getUint32(0)
  for (let number = from + 1; number <= to; number++) {
    await store.batch(batchOf(number))
    onWritten(number)
  }
}

/** All records after so many batches. */
function recordsAfter(count: number): Map<string, string> {
  const records = new Map<string, string>()
  for (let number = 1; number <= count; number++) {
    for (const { key, value } of batchOf(number)) {
      if (value === undefined) records.delete(toHex(key))
      else records.set(toHex(key), toHex(value))
    }
  }
  return records
}

/**
 * How many batches of the history a database holds.
 * @throws where it does not hold just what was there after so many
 */
export async function batchesIn(folder: string): Promise<number> {
  const store = await openSmallTables(folder)
  try {
    const stored = await store.get(COUNT_KEY)
    const count = stored === undefined ? 0 : new DataView(stored.buffer, stored.byteOffset).getUint32(0)
    const expected = recordsAfter(count)
    const keys: Uint8Array[] = []
    for await (const [key, value] of store.entries({ gte: Uint8Array.of(0), lt: Uint8Array.of(0xff) })) {
      if (expected.get(toHex(key)) !== toHex(value))
        throw new Error(`wrong after ${count} batches: ${toHex(key)}`)
      keys.push(key)
    }
    if (keys.length !== expected.size) throw new Error(`${keys.length} records after ${count} batches`)
    // By key, too: that asks the filters.
    const values = await store.getMany(keys)
    if (values.some((value, i) => value === undefined || expected.get(toHex(keys[i]!)) !== toHex(value)))
      throw new Error(`a record is not found by its key after ${count} batches`)
    return count
  } finally {
    await store.close()
  }
}
