import { concatBytes } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { crc32c, unmaskCrc32c } from './crc32c.ts'
import { allZero } from './level-coding.ts'

/** A log is read in blocks of this size; no fragment crosses from one to the next. */
export const LOG_BLOCK_BYTES = 32_768

/** CRC u32, length u16, type u8. */
export const LOG_HEADER_BYTES = 7

/** Disks write whole sectors: where a lost write left zeros, they begin at a sector. */
const SECTOR_BYTES = 512

const FULL = 1
const FIRST = 2
const MIDDLE = 3
const LAST = 4

export interface LogOptions {
  /** how many bytes of each record are handed out; a record is collected in memory as far as it is kept */
  readonly keep?: number
  /** whether the last record may have lost its end to zeros, so that it is left out; LevelDB refuses such a MANIFEST */
  readonly mayLose?: boolean
}

/**
 * Reads LevelDB's log format (doc/log_format.md of LevelDB), in which MANIFEST and *.log are written, more strictly
 * than LevelDB does: it drops what does not fit and goes on behind it.
 *
 * A log may end early: in the middle of a record, as a killed process leaves it, or in zeros, as a power cut does on
 * some file systems. Then `cutShort` is set and the records before are good. Everything else is damage, which is told
 * in words. So is a last record that would be whole if one bit of its length were flipped.
 */
export class LevelLogReader {
  /** the end of the file is not the end of a record */
  cutShort = false
  readonly #keep: number
  readonly #mayLose: boolean
  #offset = 0
  #fragments: Uint8Array[] | undefined
  #kept = 0
  /** what is wrong unless only zeros follow */
  #suspicion: string | undefined

  constructor({ keep = Number.POSITIVE_INFINITY, mayLose = true }: LogOptions = {}) {
    this.#keep = keep
    this.#mayLose = mayLose
  }

  /**
   * The records that end in the next bytes of the file.
   * @param bytes whole blocks, except at the end of the file
   * @param last whether the file ends with them
   */
  read(bytes: Uint8Array, last: boolean): Result<Uint8Array[], string> {
    const records: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += LOG_BLOCK_BYTES) {
      const block = bytes.subarray(at, at + LOG_BLOCK_BYTES)
      const fault = this.#readBlock(block, last && at + block.length === bytes.length, records)
      if (fault !== undefined) return err(fault)
      this.#offset += block.length
    }
    if (last && this.#fragments !== undefined) this.cutShort = true
    return ok(records)
  }

  #readBlock(block: Uint8Array, last: boolean, records: Uint8Array[]): string | undefined {
    if (this.#suspicion !== undefined) return allZero(block) ? undefined : this.#suspicion
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
    let at = 0
    while (block.length - at >= LOG_HEADER_BYTES) {
      const crc = unmaskCrc32c(view.getUint32(at, true))
      const length = view.getUint16(at + 4, true)
      const type = block[at + 6]!
      const end = at + LOG_HEADER_BYTES + length
      if (last && end > block.length && end <= LOG_BLOCK_BYTES && this.#follows(type))
        return this.#endEarly(block.subarray(at + 6), crc, length, at)
      const right = type !== 0 && end <= block.length && crc32c(block.subarray(at + 6, end)) === crc
      if (!right && (allZero(block.subarray(at)) || (this.#mayLose && isLost(block, at, end)))) {
        this.#suspicion = this.#at('a record that does not match its checksum', at)
        this.cutShort = true
        return undefined
      }
      if (!right) return this.#at('a record that does not match its checksum', at)
      if (!this.#follows(type)) return this.#at('a part of a record without the part before', at)
      this.#add(type, block.subarray(at + LOG_HEADER_BYTES, end), records)
      at = end
    }
    if (last && block.length < LOG_BLOCK_BYTES) this.cutShort ||= at < block.length
    else if (!allZero(block.subarray(at))) return this.#at('a block that ends in more than zeros', at)
    return undefined
  }

  /** Whether a fragment of this type can stand behind those before it. */
  #follows(type: number): boolean {
    return this.#fragments === undefined ? type === FULL || type === FIRST : type === MIDDLE || type === LAST
  }

  #add(type: number, fragment: Uint8Array, records: Uint8Array[]): void {
    this.#fragments ??= []
    // A copy: whoever reads the file uses its buffer again.
    const kept = fragment.slice(0, Math.max(this.#keep - this.#kept, 0))
    this.#fragments.push(kept)
    this.#kept += kept.length
    if (type !== FULL && type !== LAST) return
    records.push(concatBytes(...this.#fragments))
    this.#fragments = undefined
    this.#kept = 0
  }

  /** @param body type and what there is of the payload */
  #endEarly(body: Uint8Array, crc: number, length: number, at: number): string | undefined {
    for (let bit = 0; bit < 16; bit++) {
      const other = length ^ (1 << bit)
      if (other < body.length && crc32c(body.subarray(0, other + 1)) === crc)
        return this.#at('a record with a wrong length', at)
    }
    this.cutShort = true
    return undefined
  }

  #at(what: string, at: number): string {
    return `${what} at byte ${this.#offset + at}`
  }
}

/** Whether the record lacks its end as a lost write leaves it: zeros from a sector within it. */
function isLost(block: Uint8Array, at: number, end: number): boolean {
  let zeros = block.length
  while (zeros > at && block[zeros - 1] === 0) zeros -= 1
  const sector = Math.ceil(zeros / SECTOR_BYTES) * SECTOR_BYTES
  if (sector >= block.length) return false
  return sector < at + LOG_HEADER_BYTES || (sector < end && end <= LOG_BLOCK_BYTES)
}
