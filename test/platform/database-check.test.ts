import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDatabase } from '../../src/platform/node/database-check.ts'
import { SHUTDOWN_MARK } from '../../src/platform/node/shutdown-mark.ts'
import { LOG_BLOCK_BYTES } from '../../src/storage/level-log.ts'
import { FOOTER_BYTES, readFooter, readLayout } from '../../src/storage/level-table.ts'
import { createDatabaseCopy, type DatabaseCopy, flipped, traceOf } from '../support/database-copy.ts'
import { batchesIn, openSmallTables, writeHistory } from '../support/level-history.ts'
import { writeAndKill } from '../support/level-writer.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const SECTOR = 512

const damaged = { kind: 'damaged', file: expect.any(String), what: expect.any(String) }

/** Names of files that hold the database; all others are LevelDB's diary, our mark, or left over. */
const vital = ({ manifest, logs, tables }: DatabaseCopy): string[] => [
  'CURRENT',
  manifest,
  ...logs,
  ...tables,
]

/** A place in one of the files: which file, and where in it. */
const place = fc.tuple(fc.nat(), fc.nat())

function choose(database: DatabaseCopy, [file, at]: [number, number]) {
  const names = vital(database)
  const name = names[file % names.length]!
  const bytes = database.files.get(name)!
  return { name, bytes, at: at % Math.max(bytes.length, 1), bit: at % Math.max(bytes.length * 8, 1) }
}

describe.each(['clean', 'crashed'] as const)('a database after a process that ended %s', (ending) => {
  let database: DatabaseCopy
  beforeAll(async () => {
    database = await createDatabaseCopy(ending)
  })
  afterAll(() => database.remove())

  it('is worth the test: several tables, and a log of more than one block', () => {
    expect(database.tables).toHaveLength(3)
    expect(database.logs).toHaveLength(1)
    expect(database.files.get(database.logs[0]!)!.length).toBeGreaterThan(LOG_BLOCK_BYTES)
  })

  it('is intact, and told from one that ended otherwise', async () => {
    const size = vital(database).reduce((sum, name) => sum + database.files.get(name)!.length, 0)
    const state = { kind: 'intact', clean: ending === 'clean', cutShort: false, checked: size, unchecked: 0 }
    expect(await database.check()).toEqual(state)
    const [log] = database.logs
    expect(await database.openWith(log!, database.files.get(log!))).toBe(database.batches)
  })

  it('is only read', async () => {
    const before = await traceOf(database.folder)
    await database.check()
    expect(await traceOf(database.folder)).toEqual(before)
  })

  it('with any one bit flipped is damaged', async () => {
    await fc.assert(
      fc.asyncProperty(place, async (chosen) => {
        const { name, bytes, bit } = choose(database, chosen)
        fc.pre(bytes.length > 0)
        expect(await database.checkWith(name, flipped(bytes, bit))).toEqual(damaged)
      }),
      { numRuns: 250 },
    )
  }, 60_000)

  it('without one of its files is damaged, and the file is named', async () => {
    for (const name of vital(database)) {
      const state = await database.checkWith(name, undefined)
      // Behind the log that MANIFEST names there may be one more; after a crash nothing tells that it was there.
      if (ending === 'crashed' && database.logs.indexOf(name) > 0) continue
      expect(state).toEqual({ kind: 'damaged', file: name, what: 'it is missing' })
    }
  })

  it('whose files have lost their ends is damaged, or as it once was', async () => {
    let once = 0
    await fc.assert(
      fc.asyncProperty(place, async (chosen) => {
        const { name, bytes, at } = choose(database, chosen)
        fc.pre(bytes.length > 0)
        const cut = bytes.subarray(0, at)
        const state = await database.checkWith(name, cut)
        if (state.kind === 'damaged') return
        expect(ending).toBe('crashed')
        once += 1
        const held = await database.openWith(name, cut)
        // An edit lost from MANIFEST whose files are all there says the same as without it.
        if (name === database.manifest) expect(held).toBe(database.batches)
        else expect(database.logs).toContain(name)
        expect(held).toBeLessThanOrEqual(database.batches)
      }),
      { numRuns: 80 },
    )
    if (ending === 'crashed') expect(once).toBeGreaterThan(0)
  }, 60_000)

  it('whose log ends in zeros is damaged, or after a crash as it once was', async () => {
    const name = database.logs.at(-1)!
    const bytes = database.files.get(name)!
    for (let sector = 0; sector * SECTOR < bytes.length; sector++) {
      const zeroed = bytes.slice().fill(0, sector * SECTOR)
      const state = await database.checkWith(name, zeroed)
      if (ending === 'clean') expect(state).toEqual({ ...damaged, file: name })
      else expect(state).toMatchObject({ kind: 'intact', cutShort: true })
      if (ending === 'crashed' && sector % 8 === 0)
        expect(await database.openWith(name, zeroed)).toBeLessThan(database.batches)
    }
  }, 60_000)

  it('whose log has zeros in the middle is damaged', async () => {
    const name = database.logs.at(-1)!
    const bytes = database.files.get(name)!
    for (let sector = 0; (sector + 2) * SECTOR < bytes.length; sector++) {
      const zeroed = bytes.slice().fill(0, sector * SECTOR, (sector + 1) * SECTOR)
      expect(await database.checkWith(name, zeroed)).toEqual({ ...damaged, file: name })
    }
  })

  it('does not depend on what LevelDB only writes, or on files left over', async () => {
    const others = [...database.files.keys()].filter((name) => !vital(database).includes(name))
    expect(others).toEqual(expect.arrayContaining(['LOCK', 'LOG']))
    for (const name of others) {
      const bytes = database.files.get(name)!
      const spoilt = [undefined, bytes.subarray(0, bytes.length >> 1)]
      if (bytes.length > 0) spoilt.push(flipped(bytes, bytes.length * 4))
      for (const contents of spoilt) {
        const clean = ending === 'clean' && (name !== SHUTDOWN_MARK || contents?.length === 0)
        expect(await database.checkWith(name, contents)).toMatchObject({ kind: 'intact', clean })
        expect(await database.openWith(name, contents)).toBe(database.batches)
      }
    }
  })
})

describe('every kind of bit in a database after a crash', () => {
  let database: DatabaseCopy
  beforeAll(async () => {
    database = await createDatabaseCopy('crashed')
  })
  afterAll(() => database.remove())

  async function expectDamage(name: string, bytes: Iterable<number>, bits = [0, 1, 2, 3, 4, 5, 6, 7]) {
    const contents = database.files.get(name)!
    for (const byte of bytes) {
      for (const bit of bits) {
        const state = await database.checkWith(name, flipped(contents, byte * 8 + bit))
        expect(state, `bit ${bit} of byte ${byte} of ${name}`).toEqual(damaged)
      }
    }
  }
  const span = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i)

  it('CURRENT', () => expectDamage('CURRENT', span(0, database.files.get('CURRENT')!.length)))

  it('MANIFEST', async () => {
    const { length } = database.files.get(database.manifest)!
    for (let byte = 0; byte < length; byte += 3) await expectDamage(database.manifest, [byte], [byte % 8])
    await expectDamage(database.manifest, [...span(0, 7), ...span(length - 8, 8)])
  }, 60_000)

  it('headers, contents and padding of a log', async () => {
    const name = database.logs.at(-1)!
    const bytes = database.files.get(name)!
    const headers: number[] = []
    for (let at = 0; at + 7 < bytes.length; ) {
      headers.push(at)
      at += 7 + bytes[at + 4]! + bytes[at + 5]! * 256
      if ((at % LOG_BLOCK_BYTES) + 7 > LOG_BLOCK_BYTES) at += LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES)
    }
    const last = headers.at(-1)!
    await expectDamage(name, span(headers[0]!, 20))
    await expectDamage(name, span(headers[headers.length >> 1]!, 20))
    await expectDamage(name, span(last, 20))
    for (let byte = last; byte < bytes.length; byte += 9) await expectDamage(name, [byte], [byte % 8])
    await expectDamage(name, span(bytes.length - 8, 8))
  }, 60_000)

  it('data, filter, metaindex, index and footer of a table', async () => {
    const name = database.tables[0]!
    const bytes = database.files.get(name)!
    const footerAt = bytes.length - FOOTER_BYTES
    const footer = readFooter(bytes.subarray(footerAt), bytes.length)
    if (!footer.ok) throw new Error(footer.error)
    const { metaindex, index } = footer.value
    const layout = readLayout(bytes.subarray(metaindex.offset, footerAt), footer.value)
    if (!layout.ok) throw new Error(layout.error)
    const { data, meta } = layout.value
    expect(meta).toHaveLength(1)
    await expectDamage(name, span(footerAt, FOOTER_BYTES))
    for (const { offset, size } of [data[0]!, data.at(-1)!, meta[0]!, metaindex, index]) {
      await expectDamage(name, [offset, offset + (size >> 1), offset + size - 1])
      await expectDamage(name, span(offset + size, 5))
    }
    for (const { offset, size } of data) await expectDamage(name, [offset + (size >> 1)], [5])
  }, 60_000)
})

describe('where no database has been open', () => {
  it('is a first start: no folder, an empty one, and one where the process ended while it made the first', async () => {
    const folder = join(await temporaryDirectory(), 'chain')
    expect(await checkDatabase(folder)).toEqual({ kind: 'first' })
    await mkdir(folder)
    expect(await checkDatabase(folder)).toEqual({ kind: 'first' })
    for (const name of ['LOCK', 'LOG', 'MANIFEST-000001', '000001.dbtmp']) {
      await writeFile(join(folder, name), '')
      expect(await checkDatabase(folder)).toEqual({ kind: 'first' })
    }
    await writeHistory(await openSmallTables(folder), 1)
  })

  it('is no first start where a clean stop has left its mark', async () => {
    const mark = { manifest: 'MANIFEST-000002', sizes: new Map() }
    expect(await checkDatabase(await temporaryDirectory(), { mark })).toEqual({ ...damaged, file: 'CURRENT' })
  })
})

describe('a large database', () => {
  it('is read from its newest tables on as far as it may be', async () => {
    const database = await createDatabaseCopy('clean')
    try {
      const whole = await checkDatabase(database.folder)
      if (whole.kind !== 'intact') throw new Error('it is intact')
      // One byte short of everything
      const maxBytes = whole.checked - 1
      const part = await checkDatabase(database.folder, { maxBytes })
      if (part.kind !== 'intact') throw new Error('it is intact')
      expect(part.checked + part.unchecked).toBe(whole.checked)
      const byAge = database.tables.toSorted()
      const [oldest, newest] = [byAge[0]!, byAge.at(-1)!]
      const { length } = database.files.get(oldest)!
      expect(part.unchecked).toBeGreaterThan(length * 0.9)
      expect(part.unchecked).toBeLessThan(length)
      const checkWith = async (name: string, bit: number) => {
        await writeFile(join(database.folder, name), flipped(database.files.get(name)!, bit))
        const state = await checkDatabase(database.folder, { maxBytes })
        await writeFile(join(database.folder, name), database.files.get(name)!)
        return state
      }
      expect(await checkWith(newest, 80)).toEqual({ ...damaged, file: newest })
      expect(await checkWith(oldest, 80)).toEqual(part)
      // Its filter, index and footer are read all the same.
      for (const back of [1, FOOTER_BYTES, 100, 1_000])
        expect(await checkWith(oldest, (length - back) * 8)).toEqual({ ...damaged, file: oldest })
    } finally {
      await database.remove()
    }
  })

  it('is left alone once its check is not wanted any more', async () => {
    const folder = await temporaryDirectory()
    const store = await openSmallTables(folder)
    await store.close()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(checkDatabase(folder, { signal })).rejects.toThrow('enough')
  })
})

it('what cannot be read is not taken for damage', async () => {
  const folder = await temporaryDirectory()
  await mkdir(join(folder, 'CURRENT'))
  await expect(checkDatabase(folder)).rejects.toMatchObject({ code: 'store-unreadable' })
  await expect(checkDatabase(join(folder, 'CURRENT', 'x'))).resolves.toEqual({ kind: 'first' })
})

it('a process that is killed at any moment leaves no damage, and all that it told of', async () => {
  const folder = await temporaryDirectory()
  let told = 0
  for (let round = 1; round <= 8; round++) {
    // While it opens, once it is open, and after ever more batches: tables and logs come and go meanwhile.
    const moment = round % 4 === 0 ? 'opening' : round % 4 === 1 ? 'open' : String(told + 7 * round)
    const last = await writeAndKill(folder, told + 1_000, (line, kill) => line === moment && kill())
    told = Math.max(told, last)
    const state = await checkDatabase(folder)
    expect(state.kind === 'first' ? told : state).toEqual(
      state.kind === 'first' ? 0 : expect.objectContaining({ kind: 'intact', clean: false }),
    )
    if (round % 4 !== 3) continue
    const held = await batchesIn(folder)
    expect(held).toBeGreaterThanOrEqual(told)
    told = held
  }
}, 60_000)
