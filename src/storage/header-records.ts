import { decode } from '../base/reader.ts'
import { ByteWriter } from '../base/writer.ts'
import { type BlockHash, hashIdBytes, toHashId } from '../primitives/hash.ts'
import { type BlockHeader, encodeHeader, readHeader } from '../primitives/header.ts'
import { damaged } from './damage.ts'

const HAS_BODY = 1
const INVALID = 2

/** What is kept of every header in the tree; its hash is the key. */
export interface HeaderRecord {
  readonly header: BlockHeader
  readonly height: number
  /** seconds that do not count as elapsed (ASERT's capped gap) */
  readonly lost: number
  /** the greatest timestamp up to this header, seconds */
  readonly latest: number
  readonly hasBody: boolean
  /** whether the block itself (not merely an ancestor) breaks a rule */
  readonly invalid: boolean
}

export function encodeHeaderRecord(record: HeaderRecord): Uint8Array {
  return new ByteWriter(112)
    .bytes(encodeHeader(record.header))
    .u32(record.height)
    .u64(record.lost)
    .u32(record.latest)
    .u8((record.hasBody ? HAS_BODY : 0) | (record.invalid ? INVALID : 0))
    .finish()
}

export function decodeHeaderRecord(bytes: Uint8Array): HeaderRecord {
  const record = decode(bytes, (reader) => {
    const header = readHeader(reader)
    const height = reader.u32()
    const lost = reader.u64()
    const latest = reader.u32()
    const flags = reader.u8()
    return {
      header,
      height,
      lost,
      latest,
      hasBody: (flags & HAS_BODY) !== 0,
      invalid: (flags & INVALID) !== 0,
    }
  })
  return record.ok ? record.value : damaged('header', { cause: record.error })
}

export const encodeHash = (hash: BlockHash): Uint8Array => hashIdBytes(hash)

export function decodeHash(bytes: Uint8Array): BlockHash {
  return bytes.length === 32 ? toHashId(bytes) : damaged('hash')
}
