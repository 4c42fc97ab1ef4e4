import { toHex } from '../../base/bytes.ts'
import type { ReportProgress } from '../../ports/progress.ts'
import type { Store } from '../../ports/store.ts'
import type { BlockHash } from '../../primitives/hash.ts'
import { unseal } from '../../storage/checked-store.ts'
import { decodeCoin, decodeUndo } from '../../storage/coin-records.ts'
import { undamaged } from '../../storage/damage.ts'
import { decodeHash, decodeHeaderRecord, type HeaderRecord } from '../../storage/header-records.ts'
import { decodeHistory } from '../../storage/history-records.ts'
import {
  ALL_KEYS,
  hashOfKey,
  isAddressKey,
  isCoinKey,
  isHistoryKey,
  kindOfKey,
  metaName,
  type RecordKind,
} from '../../storage/keyspace.ts'
import type { Findings } from './findings.ts'

/** What a look at every record by itself has shown. Damaged records count as there: they are told once. */
export interface Scanned {
  readonly records: number
  readonly meta: ReadonlyMap<string, Uint8Array>
  readonly headers: ReadonlyMap<BlockHash, HeaderRecord>
  readonly bodies: ReadonlySet<BlockHash>
  readonly undo: ReadonlySet<BlockHash>
  /** keys of the records whose checksum does not match, in hex */
  readonly damaged: ReadonlySet<string>
  /** how many records of each kind there are */
  readonly counts: ReadonlyMap<RecordKind, number>
}

export interface ScanOptions {
  /** about how many bytes there are */
  readonly size: number
  readonly report: ReportProgress
  readonly signal: AbortSignal
}

/** Records between two reports. */
const REPORT_EVERY = 1_000

/** Reads every record, and holds it against its checksum and its format. */
export async function scanRecords(
  store: Store,
  findings: Findings,
  { size, report, signal }: ScanOptions,
): Promise<Scanned> {
  const scan = new RecordScan(findings)
  let records = 0
  let done = 0
  for await (const [key, sealed] of store.entries(ALL_KEYS)) {
    scan.take(key, sealed)
    records += 1
    done += key.length + sealed.length
    if (records % REPORT_EVERY !== 0) continue
    signal.throwIfAborted()
    report({ step: 'reading records', unit: 'bytes', done: Math.min(done, size), total: size })
  }
  report({ step: 'reading records', unit: 'bytes', done: size, total: size })
  return { ...scan, records }
}

/** A key for people: the letter, and the rest in hex. */
export const placeOf = (key: Uint8Array): string =>
  `${String.fromCharCode(key[0] ?? 0x3f)} ${toHex(key.subarray(1))}`

class RecordScan {
  readonly meta = new Map<string, Uint8Array>()
  readonly headers = new Map<BlockHash, HeaderRecord>()
  readonly bodies = new Set<BlockHash>()
  readonly undo = new Set<BlockHash>()
  readonly damaged = new Set<string>()
  readonly counts = new Map<RecordKind, number>()
  readonly #findings: Findings

  constructor(findings: Findings) {
    this.#findings = findings
  }

  take(key: Uint8Array, sealed: Uint8Array): void {
    const kind = kindOfKey(key)
    if (kind === undefined) {
      this.#findings.add('record-unknown', placeOf(key))
      return
    }
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    const hash = hashOfKey<BlockHash>(key)
    if (kind === 'block' && hash !== undefined) this.bodies.add(hash)
    if (kind === 'undo' && hash !== undefined) this.undo.add(hash)
    const value = unseal(key, sealed)
    if (value === undefined) {
      this.damaged.add(toHex(key))
      this.#findings.add('record-damaged', placeOf(key))
    } else if (!undamaged(() => this.#read(kind, key, value)))
      this.#findings.add('record-malformed', placeOf(key))
  }

  /** Whether it is as it should be. @throws CairnError `record-damaged` where it cannot be read */
  #read(kind: RecordKind, key: Uint8Array, value: Uint8Array): boolean {
    switch (kind) {
      case 'meta':
        this.meta.set(metaName(key), value.slice())
        return true
      case 'header': {
        const record = decodeHeaderRecord(value)
        if (record.header.hash !== hashOfKey(key)) return false
        this.headers.set(record.header.hash, record)
        return true
      }
      case 'block':
        // Decoded later, when its height is known.
        return hashOfKey(key) !== undefined
      case 'undo':
        decodeUndo(value)
        return hashOfKey(key) !== undefined
      case 'coin':
        decodeCoin(value)
        return isCoinKey(key)
      case 'transaction':
        decodeHash(value)
        return hashOfKey(key) !== undefined
      case 'address':
        return isAddressKey(key) && value.length === 0
      case 'history':
        decodeHistory(value)
        return isHistoryKey(key)
    }
  }
}
