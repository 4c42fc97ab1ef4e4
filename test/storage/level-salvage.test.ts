import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { ALL_KEYS } from '../../src/storage/keyspace.ts'
import { type SalvagedEntry, salvageLog, salvageTable } from '../../src/storage/level-salvage.ts'
import { createDatabaseCopy, type DatabaseCopy, flipped } from '../support/database-copy.ts'
import { openSmallTables } from '../support/level-history.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

let copy: DatabaseCopy
beforeAll(async () => {
  copy = await createDatabaseCopy('crashed')
})
afterAll(() => copy.remove())

const isTable = (name: string): boolean => /\.(?:ldb|sst)$/.test(name)
const isLog = (name: string): boolean => name.endsWith('.log')

function entriesOf(name: string, bytes: Uint8Array): SalvagedEntry[] {
  const entries: SalvagedEntry[] = []
  const use = (entry: SalvagedEntry) => void entries.push(entry)
  if (isTable(name)) salvageTable(bytes, use)
  else if (isLog(name)) salvageLog(bytes, use)
  return entries
}

const textOf = ({ key, value, sequence }: SalvagedEntry): string =>
  `${toHex(key)}@${sequence}=${toHex(value)}`

/** What LevelDB says is in the database. */
async function recordsOf(): Promise<Map<string, string>> {
  const folder = join(await temporaryDirectory(), 'db')
  await mkdir(folder)
  for (const name of copy.files.keys()) await copyFile(join(copy.folder, name), join(folder, name))
  const store = await openSmallTables(folder)
  const records = new Map<string, string>()
  for await (const [key, value] of store.entries(ALL_KEYS)) records.set(toHex(key), toHex(value))
  await store.close()
  return records
}

describe('what is left of a database', () => {
  it('is, where nothing is damaged, all of it, the newest values by their numbers', async () => {
    const newest = new Map<string, SalvagedEntry>()
    for (const [name, bytes] of copy.files)
      for (const entry of entriesOf(name, bytes)) {
        const key = toHex(entry.key)
        if ((newest.get(key)?.sequence ?? -1) < entry.sequence) newest.set(key, entry)
      }
    const records = await recordsOf()
    expect(records.size).toBeGreaterThan(500)
    for (const [key, value] of records) expect(toHex(newest.get(key)!.value)).toBe(value)
  })

  it('has in tables the places of its values', () => {
    for (const [name, bytes] of copy.files) {
      if (!isTable(name)) continue
      for (const { offset, value } of entriesOf(name, bytes))
        expect(toHex(bytes.subarray(offset!, offset! + value.length))).toBe(toHex(value))
    }
  })

  it('lacks little where one bit of a file is flipped', () => {
    const files = [...copy.files].filter(([name]) => isTable(name) || isLog(name))
    // A log's batch, or the entries between two restart points.
    const most = 25
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ([name, bytes], at) => {
          const bit = Math.floor(at * bytes.length * 8)
          const left = new Set(entriesOf(name, flipped(bytes, bit)).map(textOf))
          const lost = entriesOf(name, bytes).filter((entry) => !left.has(textOf(entry)))
          expect(lost.length).toBeLessThanOrEqual(most)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('is all of a table whose footer is gone, and the beginning of one that has lost more', () => {
    for (const [name, bytes] of copy.files) {
      if (!isTable(name)) continue
      const all = entriesOf(name, bytes).map(textOf)
      expect(
        entriesOf(name, bytes.subarray(0, bytes.length - 30))
          .map(textOf)
          .slice(0, all.length),
      ).toEqual(all)
      const half = entriesOf(name, bytes.subarray(0, bytes.length >> 1)).map(textOf)
      expect(half).toEqual(all.slice(0, half.length))
      expect(half.length).toBeGreaterThan(all.length / 3)
    }
  })

  it('is something or nothing, but no failure, whatever a file holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, table) => {
        expect(() => entriesOf(table ? '000001.ldb' : '000001.log', bytes)).not.toThrow()
      }),
      { numRuns: 500 },
    )
    for (const [name, bytes] of copy.files)
      for (let length = 0; length < bytes.length; length += 997)
        expect(() => entriesOf(name, bytes.subarray(0, length))).not.toThrow()
  })
})
