import { CairnError, errorMessage } from '../../base/errors.ts'
import { BATCH_HEADER_BYTES, LevelBatches } from '../../storage/level-batches.ts'
import {
  CURRENT,
  isUnborn,
  type LevelFiles,
  liveLogs,
  manifestNumber,
  manifestOf,
  missingFile,
  sortLevelFiles,
} from '../../storage/level-files.ts'
import { LevelLogReader } from '../../storage/level-log.ts'
import { type LevelTable, type LevelVersion, readVersion } from '../../storage/level-manifest.ts'
import { FOOTER_BYTES, LevelBlockReader, readFooter, readLayout } from '../../storage/level-table.ts'
import { Damage, type DatabaseFile, DatabaseFolder, must } from './database-files.ts'
import type { ShutdownMark } from './shutdown-mark.ts'

/** How much of a database is read through when a node starts: less than half a second from memory, one from a disk. */
export const MAX_CHECKED_BYTES = 256 * 2 ** 20

export type DatabaseState =
  /** no database has ever been open here */
  | { readonly kind: 'first' }
  | {
      readonly kind: 'intact'
      /** the files are those that a clean stop left; otherwise the process ended without one */
      readonly clean: boolean
      /** a log ends in the middle of a record: a crash has cost the last writes, which nobody was promised */
      readonly cutShort: boolean
      /** bytes that were read and found right */
      readonly checked: number
      /** bytes of old tables, past the limit, that were not read */
      readonly unchecked: number
    }
  | { readonly kind: 'damaged'; readonly file: string; readonly what: string }

export interface DatabaseCheckOptions {
  /** what the last clean stop left, if it left something */
  readonly mark?: ShutdownMark | undefined
  /** once so many bytes are read, older tables are only looked at; `Infinity` reads everything */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the files of a LevelDB that nobody has open, and tells whether they are whole. LevelDB does not: it takes a
 * folder without CURRENT for an empty database, drops damaged records of a log and goes on behind them, and reads
 * tables without looking at their checksums.
 *
 * Checked are CURRENT, MANIFEST, the logs, and that all tables are there with their sizes, indexes and filters; the
 * data in the tables from the newest on up to `maxBytes`. Nothing is written.
 * @throws CairnError `store-unreadable` where a file cannot be read; the signal's reason
 */
export async function checkDatabase(
  folder: string,
  { mark, maxBytes = MAX_CHECKED_BYTES, signal }: DatabaseCheckOptions = {},
): Promise<DatabaseState> {
  try {
    return await check(new DatabaseFolder(folder, signal), mark, maxBytes)
  } catch (error) {
    if (error instanceof Damage) return { kind: 'damaged', file: error.file, what: error.message }
    signal?.throwIfAborted()
    throw new CairnError(
      'store-unreadable',
      `cannot read ${folder}: ${errorMessage(error)}`,
      { folder },
      error,
    )
  }
}

async function check(
  folder: DatabaseFolder,
  mark: ShutdownMark | undefined,
  maxBytes: number,
): Promise<DatabaseState> {
  const files = sortLevelFiles(await folder.names())
  if (mark === undefined && isUnborn(files)) return { kind: 'first' }
  if (!files.current) throw new Damage(CURRENT, 'it is missing')
  const manifest = await readCurrent(folder)
  const clean = mark !== undefined && (await matches(mark, manifest, folder))
  const version = await readManifest(folder, manifest)
  const missing = missingFile(files, version)
  if (missing !== undefined) throw new Damage(missing, 'it is missing')
  const [cutShort] = await readLogs(folder, liveLogs(files, version), version)
  if (clean && cutShort !== undefined) throw new Damage(cutShort, 'it ends early')

  let unchecked = 0
  let left = maxBytes - folder.bytesRead
  const newestFirst = version.tables.toSorted((a, b) => b.number - a.number)
  for (const table of newestFirst) {
    left -= table.size
    unchecked += await readTable(folder, files, table, left >= 0)
  }
  const checked = folder.bytesRead
  return { kind: 'intact', clean, cutShort: cutShort !== undefined, checked, unchecked }
}

async function readCurrent(folder: DatabaseFolder): Promise<string> {
  await using file = await folder.open(CURRENT)
  return must(CURRENT, manifestOf(await file.readAt(0, Math.min(file.size, 100))))
}

/** Whether nobody has opened the database since the mark was written; then its files have to be as the mark says. */
async function matches(mark: ShutdownMark, manifest: string, folder: DatabaseFolder): Promise<boolean> {
  if (manifestNumber(manifest) > manifestNumber(mark.manifest)) return false
  if (manifest !== mark.manifest)
    throw new Damage(CURRENT, `it names ${manifest} instead of ${mark.manifest}`)
  for (const [name, size] of mark.sizes) {
    await using file = await folder.open(name)
    expectSize(file, size)
  }
  return true
}

function expectSize({ name, size }: DatabaseFile, wanted: number): void {
  if (size !== wanted) throw new Damage(name, `it has ${size} bytes instead of ${wanted}`)
}

async function readManifest(folder: DatabaseFolder, name: string): Promise<LevelVersion> {
  const records: Uint8Array[] = []
  // That it may end early is no matter: what had followed from a lost edit would show in the other files.
  await readLog(folder, name, new LevelLogReader({ mayLose: false }), (record) => void records.push(record))
  return must(name, readVersion(records))
}

/** @returns the logs that end early */
async function readLogs(
  folder: DatabaseFolder,
  names: readonly string[],
  { lastSequence }: LevelVersion,
): Promise<string[]> {
  const batches = new LevelBatches(lastSequence)
  const cutShort: string[] = []
  for (const name of names) {
    const reader = new LevelLogReader({ keep: BATCH_HEADER_BYTES })
    await readLog(folder, name, reader, (record) => batches.add(record))
    if (reader.cutShort) cutShort.push(name)
  }
  if (batches.cutShort) cutShort.push(names.at(-1)!)
  return cutShort
}

async function readLog(
  folder: DatabaseFolder,
  name: string,
  reader: LevelLogReader,
  add: (record: Uint8Array) => string | undefined,
): Promise<void> {
  await using file = await folder.open(name)
  await file.scan(0, file.size, (bytes, last) => {
    for (const record of must(name, reader.read(bytes, last))) {
      const fault = add(record)
      if (fault !== undefined) throw new Damage(name, fault)
    }
  })
}

/** @returns how many bytes of it have not been read */
async function readTable(
  folder: DatabaseFolder,
  files: LevelFiles,
  { number, size }: LevelTable,
  wholly: boolean,
): Promise<number> {
  await using file = await folder.open(files.tables.get(number)!)
  const { name } = file
  expectSize(file, size)
  const footerAt = Math.max(size - FOOTER_BYTES, 0)
  const handles = must(name, readFooter(await file.readAt(footerAt, size - footerAt), size))
  const tailAt = handles.metaindex.offset
  const { data, meta } = must(name, readLayout(await file.readAt(tailAt, footerAt - tailAt), handles))
  const from = wholly ? 0 : (meta[0]?.offset ?? tailAt)
  const blocks = new LevelBlockReader(wholly ? [...data, ...meta] : meta)
  await file.scan(from, tailAt, (bytes) => {
    const fault = blocks.read(bytes)
    if (fault !== undefined) throw new Damage(name, fault)
  })
  return from
}
