import { concatBytes } from '../base/bytes.ts'
import { ByteReader, decoding } from '../base/reader.ts'
import { crc32c, unmaskCrc32c } from './crc32c.ts'
import { BATCH_HEADER_BYTES } from './level-batches.ts'
import { readSlice, readVarint } from './level-coding.ts'
import { LOG_BLOCK_BYTES } from './level-log.ts'
import { type BlockHandle, FOOTER_BYTES, readFooter, readLayout } from './level-table.ts'

/**
 * Reads what is left of the files of a damaged LevelDB, each by itself and past all that cannot be read. LevelDB is
 * no help there: opening a folder whose CURRENT or MANIFEST is gone or cut short, it deletes the tables that it does not
 * know of, and `RepairDB` loses a table with its index.
 *
 * Nothing is told of a value but that it once was written under that key: it may have been replaced or deleted since.
 * Nor is it known to be undamaged: that is for a checksum of its own to say (checked-store.ts).
 */
export interface SalvagedEntry {
  readonly key: Uint8Array
  /** a view of the file's bytes, or of a record put together from them */
  readonly value: Uint8Array
  /** counts writes: of two values under one key the one with the greater number is newer */
  readonly sequence: number
  /** where in a table the value begins; undefined in a log, where values are in pieces */
  readonly offset: number | undefined
}

export type UseEntry = (entry: SalvagedEntry) => void

const VALUE = 1
/** Type u8 and sequence number u56, behind each key in a table. */
const TAG_BYTES = 8
/** type u8, CRC u32 */
const TRAILER_BYTES = 5
const UNCOMPRESSED = 0
/** Entries from one restart point to the next, as LevelDB writes them. */
const RESTART_INTERVAL = 16

/** Hands out every value in a table that can be found, from the bytes of the whole file. */
export function salvageTable(table: Uint8Array, use: UseEntry): void {
  const blocks = dataBlocks(table)
  if (blocks === undefined) salvageWithoutIndex(table, use)
  for (const { offset, size } of blocks ?? []) {
    const block = table.subarray(offset, offset + size)
    const restarts = restartsOf(block)
    for (const [i, start] of restarts.starts.entries())
      readEntries(block, start, restarts.starts[i + 1] ?? restarts.end, (entry) =>
        useValue({ ...entry, offset: offset + entry.offset }, use),
      )
  }
}

/**
 * Whether LevelDB has compressed some of a table, as older versions of Cairn let it: what is in there only LevelDB can
 * read.
 */
export function isCompressedTable(table: Uint8Array): boolean {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const isCompressed = ({ offset, size }: BlockHandle): boolean => {
    const end = offset + size
    if (table[end] === UNCOMPRESSED) return false
    return crc32c(table.subarray(offset, end + 1)) === unmaskCrc32c(view.getUint32(end + 1, true))
  }
  const index = footerOf(table)?.index
  return index !== undefined && (isCompressed(index) || (dataBlocks(table)?.some(isCompressed) ?? false))
}

function footerOf(table: Uint8Array) {
  const footer = readFooter(table.subarray(Math.max(table.length - FOOTER_BYTES, 0)), table.length)
  return footer.ok ? footer.value : undefined
}

function dataBlocks(table: Uint8Array): readonly BlockHandle[] | undefined {
  const footer = footerOf(table)
  if (footer === undefined) return undefined
  const layout = readLayout(table.subarray(footer.metaindex.offset, table.length - FOOTER_BYTES), footer)
  return layout.ok ? layout.value.data : undefined
}

/** Where a reader can begin anew in a block; only its beginning, where the list of them makes no sense. */
function restartsOf(block: Uint8Array): { readonly starts: readonly number[]; readonly end: number } {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const whole = { starts: [0], end: Math.max(block.length - 4, 0) }
  if (block.length < 8) return whole
  const count = view.getUint32(block.length - 4, true)
  const end = block.length - 4 * (count + 1)
  if (count === 0 || end < 0) return whole
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(end + 4 * i, true))
  const rising = starts.every((start, i) => start < end && (i === 0 ? start === 0 : start > starts[i - 1]!))
  return rising ? { starts, end } : whole
}

/** An entry of a block, whose key ends in a tag. */
interface BlockEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly offset: number
}

/** Reads entries up to `end`, or to the first that cannot be one. */
function readEntries(block: Uint8Array, start: number, end: number, use: (entry: BlockEntry) => void): void {
  const reader = new ByteReader(block.subarray(0, end))
  reader.offset = start
  let key: Uint8Array = new Uint8Array(0)
  while (reader.left > 0) {
    const entry = readEntry(reader, key)
    if (entry === undefined) return
    key = entry.key
    use(entry)
  }
}

/** Hands an entry on if it is no deletion. */
function useValue({ key: tagged, value, offset }: BlockEntry, use: UseEntry): void {
  const end = tagged.length - TAG_BYTES
  if (end < 0 || tagged[end] !== VALUE) return
  const tag = new DataView(tagged.buffer, tagged.byteOffset + end, TAG_BYTES).getBigUint64(0, true)
  use({ key: tagged.subarray(0, end), value, offset, sequence: Number(tag >> 8n) })
}

/** @param before - the key before, of which this one repeats the beginning */
function readEntry(reader: ByteReader, before: Uint8Array): BlockEntry | undefined {
  const entry = decoding(() => {
    const shared = readVarint(reader)
    const own = readVarint(reader)
    const length = readVarint(reader)
    const key = concatBytes(before.subarray(0, shared), reader.take(own))
    const offset = reader.offset
    const value = reader.take(length)
    return { key, value, offset, complete: shared <= before.length }
  })
  return entry.ok && entry.value.complete ? entry.value : undefined
}

/** Blocks follow each other without a gap: each ends where the list of restart points and a right checksum follow. */
function salvageWithoutIndex(table: Uint8Array, use: UseEntry): void {
  let start = 0
  for (;;) {
    const found: BlockEntry[] = []
    const end = findBlock(table, start, found)
    for (const entry of found) useValue(entry, use)
    if (end === undefined) return
    start = end
  }
}

function findBlock(table: Uint8Array, start: number, found: BlockEntry[]): number | undefined {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const reader = new ByteReader(table)
  reader.offset = start
  let key: Uint8Array = new Uint8Array(0)
  for (let entries = 1; reader.left > 0; entries++) {
    const entry = readEntry(reader, key)
    if (entry === undefined) return undefined
    key = entry.key
    found.push(entry)
    const restarts = Math.ceil(entries / RESTART_INTERVAL)
    const end = reader.offset + 4 * (restarts + 1)
    if (end + TRAILER_BYTES > table.length || view.getUint32(end - 4, true) !== restarts) continue
    const sum = crc32c(table.subarray(start, end + 1))
    if (table[end] === UNCOMPRESSED && unmaskCrc32c(view.getUint32(end + 1, true)) === sum)
      return end + TRAILER_BYTES
  }
  return undefined
}

/** CRC u32, length u16, type u8. */
const FRAGMENT_HEADER_BYTES = 7
const FULL = 1
const FIRST = 2
const LAST = 4

/** Hands out every value in a log that can be found, from the bytes of the whole file. */
export function salvageLog(log: Uint8Array, use: UseEntry): void {
  let fragments: Uint8Array[] | undefined
  for (let start = 0; start < log.length; start += LOG_BLOCK_BYTES) {
    const block = log.subarray(start, start + LOG_BLOCK_BYTES)
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
    let at = 0
    while (block.length - at >= FRAGMENT_HEADER_BYTES) {
      const end = at + FRAGMENT_HEADER_BYTES + view.getUint16(at + 4, true)
      const type = block[at + 6]!
      if (end > block.length) break
      const right = crc32c(block.subarray(at + 6, end)) === unmaskCrc32c(view.getUint32(at, true))
      if (!right || type === FULL || type === FIRST) fragments = right ? [] : undefined
      fragments?.push(block.subarray(at + FRAGMENT_HEADER_BYTES, end))
      if (fragments !== undefined && (type === FULL || type === LAST)) {
        readBatch(concatBytes(...fragments), use)
        fragments = undefined
      }
      at = end
    }
    // A fragment that ends outside its block has lost the rest of it.
    if (block.length - at >= FRAGMENT_HEADER_BYTES) fragments = undefined
  }
}

function readBatch(batch: Uint8Array, use: UseEntry): void {
  const reader = new ByteReader(batch)
  decoding(() => {
    let sequence = reader.u64()
    reader.skip(BATCH_HEADER_BYTES - 8)
    for (; reader.left > 0; sequence++) {
      const type = reader.u8()
      const key = readSlice(reader)
      if (type === VALUE) use({ key, value: readSlice(reader), offset: undefined, sequence })
    }
  })
}
