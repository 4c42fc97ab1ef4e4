import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { onTestFinished } from 'vitest'
import { checkDatabase } from '../../src/platform/node/database-check.ts'
import { readShutdownMark, writeShutdownMark } from '../../src/platform/node/shutdown-mark.ts'
import { liveLogs, manifestOf, sortLevelFiles } from '../../src/storage/level-files.ts'
import { LevelLogReader } from '../../src/storage/level-log.ts'
import { readVersion } from '../../src/storage/level-manifest.ts'
import { batchesIn, openSmallTables, writeHistory } from './level-history.ts'
import { writeAndKill } from './level-writer.ts'

/** How the process that wrote the database ended. */
export type Ending = 'clean' | 'crashed'

/** A small database of several tables and a log, for tests that damage it and mend it again. */
export interface DatabaseCopy {
  readonly folder: string
  /** batches of the history that are in it: in several tables, and in a log of more than one block */
  readonly batches: number
  /** the contents of all files by name */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly manifest: string
  readonly logs: readonly string[]
  readonly tables: readonly string[]
  /** The check as a start does it. */
  check(): ReturnType<typeof checkDatabase>
  /** The check while one file is other than it should be; undefined: it is not there. */
  checkWith(name: string, contents: Uint8Array | undefined): ReturnType<typeof checkDatabase>
  /** What LevelDB makes of it then: see `batchesIn`. */
  openWith(name: string, contents: Uint8Array | undefined): Promise<number>
  remove(): Promise<void>
}

/** Batches of the history after which the tables are merged, those after which the log becomes a table, and the end. */
const MERGED_AT = 300
const TABLES_AT = [310, 320]
const END = 340

/** Makes one that is the same each time but for how its process ended. */
export async function createDatabaseCopy(ending: Ending): Promise<DatabaseCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-test-'))
  await write(folder, MERGED_AT)
  const options = { keyEncoding: 'view', compression: false } as const
  const level = new Level<Uint8Array, unknown>(folder, options)
  await level.open()
  // Node's has it, the browser's has not.
  const { compactRange } = level as unknown as {
    compactRange(from: Uint8Array, to: Uint8Array): Promise<void>
  }
  await compactRange.call(level, Uint8Array.of(0), Uint8Array.of(0xff))
  await level.close()
  // LevelDB makes a table of the log when it opens a database.
  for (const batch of TABLES_AT) await write(folder, batch)
  if (ending === 'clean') {
    await write(folder, END)
    await writeShutdownMark(folder)
  } else {
    await writeAndKill(folder, END, (line, kill) => line === String(END) && kill())
  }

  const files = new Map<string, Uint8Array>()
  for (const name of await readdir(folder))
    files.set(name, new Uint8Array(await readFile(join(folder, name))))
  const sorted = sortLevelFiles(files.keys())
  const manifest = manifestOf(files.get('CURRENT')!)
  if (!manifest.ok) throw new Error(manifest.error)
  const records = new LevelLogReader().read(files.get(manifest.value)!, true)
  const version = records.ok ? readVersion(records.value) : records
  if (!version.ok) throw new Error(version.error)

  const check = async () => checkDatabase(folder, { mark: await readShutdownMark(folder) })
  async function change(name: string, contents: Uint8Array | undefined): Promise<void> {
    if (contents === undefined) await rm(join(folder, name))
    else await writeFile(join(folder, name), contents)
  }
  return {
    folder,
    batches: END,
    files,
    manifest: manifest.value,
    logs: liveLogs(sorted, version.value),
    tables: version.value.tables.map(({ number }) => sorted.tables.get(number)!),
    check,
    async checkWith(name, contents) {
      await change(name, contents)
      const state = await check()
      await change(name, files.get(name))
      return state
    },
    async openWith(name, contents) {
      const copy = await mkdtemp(join(tmpdir(), 'cairn-test-'))
      onTestFinished(() => rm(copy, { recursive: true, force: true }))
      await cp(folder, copy, { recursive: true })
      if (contents === undefined) await rm(join(copy, name), { force: true })
      else await writeFile(join(copy, name), contents)
      return batchesIn(copy)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function write(folder: string, to: number): Promise<void> {
  const store = await openSmallTables(folder)
  await writeHistory(store, to)
  await store.close()
}

/** A copy of the bytes with one bit the other way. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

/** Names, times and contents of a folder: equal as long as nobody has written in it. */
export async function traceOf(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder)).sort()
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs, ctimeMs, size } = await stat(join(folder, name))
      return { name, mtimeMs, ctimeMs, size, contents: await readFile(join(folder, name), 'base64') }
    }),
  )
}
