import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '../../src/base/result.ts'
import { kindOfKey, type RecordKind } from '../../src/storage/keyspace.ts'
import { CURRENT, liveLogs, manifestOf, sortLevelFiles } from '../../src/storage/level-files.ts'
import { LevelLogReader } from '../../src/storage/level-log.ts'
import { readVersion } from '../../src/storage/level-manifest.ts'
import { type SalvagedEntry, salvageLog, salvageTable } from '../../src/storage/level-salvage.ts'

/** Where in a database's files a record stands that counts: the newest under its key. */
export interface StoredRecord {
  readonly kind: RecordKind
  /** name of the file */
  readonly file: string
  /** places in the file, in bytes */
  readonly value: { readonly from: number; readonly to: number }
  /** the last byte of the key: tables leave out what a key has in common with the one before it */
  readonly lastKeyByte: number
}

/** Sequence number and type, between key and value in a table. */
const TAG_BYTES = 8

/** The tables and logs that a database is made of: a process that ended in a compaction leaves others beside them. */
export async function liveFiles(folder: string): Promise<{ manifest: string; data: string[] }> {
  const files = sortLevelFiles(await readdir(folder))
  const read = async (name: string) => new Uint8Array(await readFile(join(folder, name)))
  const manifest = must(manifestOf(await read(CURRENT)))
  const version = must(readVersion(must(new LevelLogReader().read(await read(manifest), true))))
  const tables = version.tables.map(({ number }) => files.tables.get(number)!)
  return { manifest, data: [...tables, ...liveLogs(files, version)] }
}

function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** Every record in the tables and logs of a database; those of a log only where they are in one piece. */
export async function findRecords(folder: string): Promise<StoredRecord[]> {
  const newest = new Map<string, { readonly sequence: number; readonly record: StoredRecord | undefined }>()
  for (const file of (await liveFiles(folder)).data) {
    const isTable = file.endsWith('.ldb')
    const bytes = new Uint8Array(await readFile(join(folder, file)))
    const salvage = isTable ? salvageTable : salvageLog
    salvage(bytes, (entry) => {
      const id = Buffer.from(entry.key).toString('hex')
      if ((newest.get(id)?.sequence ?? -1) > entry.sequence) return
      const record = isTable ? inTable(file, entry) : inLog(file, Buffer.from(bytes.buffer), entry)
      newest.set(id, { sequence: entry.sequence, record })
    })
  }
  return [...newest.values()].flatMap(({ record }) => record ?? [])
}

function inTable(file: string, { key, value, offset }: SalvagedEntry): StoredRecord | undefined {
  const kind = kindOfKey(key)
  if (kind === undefined || offset === undefined) return undefined
  const place = { from: offset, to: offset + value.length }
  return { kind, file, value: place, lastKeyByte: offset - TAG_BYTES - 1 }
}

function inLog(file: string, bytes: Buffer, { key, value }: SalvagedEntry): StoredRecord | undefined {
  const kind = kindOfKey(key)
  const keyAt = bytes.lastIndexOf(key)
  if (kind === undefined || keyAt < 0) return undefined
  // The length of the value stands between them: one to three bytes.
  const from = bytes.indexOf(value, keyAt + key.length)
  if (from < 0 || from > keyAt + key.length + 3) return undefined
  return { kind, file, value: { from, to: from + value.length }, lastKeyByte: keyAt + key.length - 1 }
}
