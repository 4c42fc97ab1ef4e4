import { ByteReader, DecodeError, decode } from '../base/reader.ts'
import { err, ok, type Result } from '../base/result.ts'
import { crc32c, unmaskCrc32c } from './crc32c.ts'
import { allZero, readVarint } from './level-coding.ts'

/** Two block handles, padding, and a magic number. */
export const FOOTER_BYTES = 48

const HANDLES_BYTES = 40
/** type u8, CRC u32 */
const TRAILER_BYTES = 5
/** one restart point, and how many there are */
const EMPTY_BLOCK_BYTES = 8
const MAGIC = 0xdb4775248b80fb57n

/** Where a block begins and how long it is, without its trailer; both in bytes. */
export interface BlockHandle {
  readonly offset: number
  readonly size: number
}

/** The blocks of a table in the order in which they follow each other without a gap, up to the footer. */
export interface TableLayout {
  readonly data: readonly BlockHandle[]
  /** the bloom filter */
  readonly meta: readonly BlockHandle[]
}

const endOf = ({ offset, size }: BlockHandle): number => offset + size + TRAILER_BYTES

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: readVarint(reader), size: readVarint(reader) }
}

/**
 * Where the metaindex and the index stand, the last two blocks before the footer.
 * @param fileSize bytes of the whole table
 */
export function readFooter(
  footer: Uint8Array,
  fileSize: number,
): Result<{ metaindex: BlockHandle; index: BlockHandle }, string> {
  if (footer.length !== FOOTER_BYTES) return err('it is too short for a table')
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  if (view.getBigUint64(HANDLES_BYTES, true) !== MAGIC) return err('its last bytes are not those of a table')
  const handles = decode(footer.subarray(0, HANDLES_BYTES), (reader) => {
    const read = { metaindex: readHandle(reader), index: readHandle(reader) }
    if (!allZero(reader.take(reader.left))) throw new DecodeError('malformed', 'more than zeros as padding')
    return read
  })
  if (!handles.ok) return err(`its footer cannot be read: ${handles.error.message}`)
  const { metaindex, index } = handles.value
  const least = Math.min(metaindex.size, index.size)
  if (
    least < EMPTY_BLOCK_BYTES ||
    endOf(metaindex) !== index.offset ||
    endOf(index) !== fileSize - FOOTER_BYTES
  )
    return err('its footer names blocks that are not there')
  return handles
}

/**
 * Where all other blocks stand.
 * @param tail the bytes of metaindex and index with their trailers
 */
export function readLayout(
  tail: Uint8Array,
  { metaindex, index }: { readonly metaindex: BlockHandle; readonly index: BlockHandle },
): Result<TableLayout, string> {
  const split = index.offset - metaindex.offset
  const meta = readHandles(tail.subarray(0, split))
  if (!meta.ok) return err(`its metaindex ${meta.error}`)
  const data = readHandles(tail.subarray(split))
  if (!data.ok) return err(`its index ${data.error}`)
  let at = 0
  for (const handle of [...data.value, ...meta.value]) {
    if (handle.offset !== at) return err(`no block begins at byte ${at}`)
    at = endOf(handle)
  }
  if (at !== metaindex.offset) return err(`no block begins at byte ${at}`)
  return ok({ data: data.value, meta: meta.value })
}

/** The values of an index block, which are handles. */
function readHandles(block: Uint8Array): Result<BlockHandle[], string> {
  const size = block.length - TRAILER_BYTES
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  if (crc32c(block.subarray(0, size + 1)) !== unmaskCrc32c(view.getUint32(size + 1, true)))
    return err('does not match its checksum')
  if (block[size] !== 0) return err('is compressed: an older version of Cairn made this database')
  const handles = decode(block.subarray(0, size), (reader) => {
    const restarts = new ByteReader(block.subarray(size - 4, size)).u32()
    const entriesEnd = size - 4 * (restarts + 1)
    const read: BlockHandle[] = []
    while (reader.offset < entriesEnd) {
      readVarint(reader)
      const keyBytes = readVarint(reader)
      const valueBytes = readVarint(reader)
      reader.take(keyBytes)
      const value = new ByteReader(reader.take(valueBytes))
      read.push(readHandle(value))
      value.end()
    }
    reader.take(size - reader.offset)
    return read
  })
  return handles.ok ? handles : err(`cannot be read: ${handles.error.message}`)
}

/** Checks the checksums of blocks that follow each other, from their bytes in any chunks. */
export class LevelBlockReader {
  readonly #blocks: readonly BlockHandle[]
  #next = 0
  /** of the block, and of the bytes of it that have been read */
  #crc = 0
  #read = 0
  readonly #stored = new DataView(new ArrayBuffer(4))

  constructor(blocks: readonly BlockHandle[]) {
    this.#blocks = blocks
  }

  /** What is wrong with the next bytes, in words. */
  read(bytes: Uint8Array): string | undefined {
    let at = 0
    while (at < bytes.length) {
      const block = this.#blocks[this.#next]
      if (block === undefined) return 'it goes on behind its last block'
      const summed = block.size + 1
      if (this.#read < summed) {
        const part = bytes.subarray(at, at + summed - this.#read)
        this.#crc = crc32c(part, this.#crc)
        this.#read += part.length
        at += part.length
        continue
      }
      this.#stored.setUint8(this.#read - summed, bytes[at]!)
      this.#read += 1
      at += 1
      if (this.#read < summed + 4) continue
      if (unmaskCrc32c(this.#stored.getUint32(0, true)) !== this.#crc)
        return `the block at byte ${block.offset} does not match its checksum`
      this.#next += 1
      this.#crc = 0
      this.#read = 0
    }
    return undefined
  }
}
