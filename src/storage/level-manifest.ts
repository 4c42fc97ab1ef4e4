import { type ByteReader, DecodeError, decode } from '../base/reader.ts'
import { err, ok, type Result } from '../base/result.ts'
import { readSlice, readVarint } from './level-coding.ts'

/** A table that belongs to the database. */
export interface LevelTable {
  readonly number: number
  /** bytes */
  readonly size: number
}

/** What MANIFEST says of the database's files. */
export interface LevelVersion {
  /** logs from this one on have not been written to tables; 0 before the first has been made */
  readonly logNumber: number
  readonly nextFileNumber: number
  /** of the last batch when MANIFEST was last written */
  readonly lastSequence: number
  readonly tables: readonly LevelTable[]
}

/** Tags of a version edit (db/version_edit.cc of LevelDB). */
const TAG = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const

const COMPARATOR = 'leveldb.BytewiseComparator'
const LEVELS = 7

interface Edits {
  logNumber?: number
  nextFileNumber?: number
  lastSequence?: number
  /** by `<level>/<number>`: a table that moves to another level is deleted from one and new in the other */
  readonly tables: Map<string, LevelTable>
}

/** The version that the edits in MANIFEST, its records, lead to; or in words why they do not. */
export function readVersion(records: readonly Uint8Array[]): Result<LevelVersion, string> {
  const edits: Edits = { tables: new Map() }
  for (const record of records) {
    const read = decode(record, (reader) => readEdit(reader, edits))
    if (!read.ok) return err(`a version edit that cannot be read: ${read.error.message}`)
  }
  const { logNumber, nextFileNumber, lastSequence } = edits
  if (logNumber === undefined || nextFileNumber === undefined || lastSequence === undefined)
    return err('no version edit that names the log')
  const tables = [...edits.tables.values()]
  if (tables.some(({ number }) => number >= nextFileNumber)) return err('a table from the future')
  return ok({ logNumber, nextFileNumber, lastSequence, tables })
}

function readEdit(reader: ByteReader, edits: Edits): void {
  const deleted: string[] = []
  const added: [string, LevelTable][] = []
  while (reader.left > 0) {
    const tag = readVarint(reader)
    switch (tag) {
      case TAG.comparator:
        if (new TextDecoder().decode(readSlice(reader)) !== COMPARATOR)
          throw new DecodeError('malformed', 'another comparator')
        break
      case TAG.logNumber:
        edits.logNumber = readVarint(reader)
        break
      case TAG.nextFileNumber:
        edits.nextFileNumber = readVarint(reader)
        break
      case TAG.lastSequence:
        edits.lastSequence = readVarint(reader)
        break
      case TAG.previousLogNumber:
        // LevelDB has written 0 since 2011.
        readVarint(reader)
        break
      case TAG.compactPointer:
        readLevel(reader)
        readSlice(reader)
        break
      case TAG.deletedFile:
        deleted.push(`${readLevel(reader)}/${readVarint(reader)}`)
        break
      case TAG.newFile: {
        const level = readLevel(reader)
        const table = { number: readVarint(reader), size: readVarint(reader) }
        readSlice(reader)
        readSlice(reader)
        added.push([`${level}/${table.number}`, table])
        break
      }
      default:
        throw new DecodeError('malformed', `unknown tag ${tag}`)
    }
  }
  for (const key of deleted) edits.tables.delete(key)
  for (const [key, table] of added) edits.tables.set(key, table)
}

function readLevel(reader: ByteReader): number {
  const level = readVarint(reader)
  if (level >= LEVELS) throw new DecodeError('over-limit', `level ${level}`)
  return level
}
