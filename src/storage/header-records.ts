import { decode } from '../base/reader.ts'
import { ByteWriter } from '../base/writer.ts'
import { type BlockHash, hashIdBytes, toHashId } from '../primitives/hash.ts'
import { type BlockHeader, encodeHeader, readHeader } from '../primitives/header.ts'
import { damaged } from './damage.ts'

/** What is known of a header's block. Each is a bit of the record, in this order. */
export interface BlockStatus {
  /** its body is stored */
  readonly hasBody: boolean
  /** the block itself (not merely an ancestor) breaks a rule, or the operator has said so */
  readonly invalid: boolean
  /** it has been connected once, with every check: its undo data is stored, and it will never fail */
  readonly valid: boolean
  /** its body and undo data were there and have been dropped to save room */
  readonly pruned: boolean
}

const FLAGS = ['hasBody', 'invalid', 'valid', 'pruned'] as const satisfies readonly (keyof BlockStatus)[]

/** What is kept of every header in the tree; its hash is the key. */
export interface HeaderRecord extends BlockStatus {
  readonly header: BlockHeader
  readonly height: number
  /** seconds that do not count as elapsed (ASERT's capped gap) */
  readonly lost: number
  /** the greatest timestamp up to this header, seconds */
  readonly latest: number
}

export function encodeHeaderRecord(record: HeaderRecord): Uint8Array {
  return new ByteWriter(112)
    .bytes(encodeHeader(record.header))
    .u32(record.height)
    .u64(record.lost)
    .u32(record.latest)
    .u8(FLAGS.reduce((bits, flag, i) => bits | (record[flag] ? 1 << i : 0), 0))
    .finish()
}

export function decodeHeaderRecord(bytes: Uint8Array): HeaderRecord {
  const record = decode(bytes, (reader) => {
    const header = readHeader(reader)
    const height = reader.u32()
    const lost = reader.u64()
    const latest = reader.u32()
    const bits = reader.u8()
    const has = (flag: (typeof FLAGS)[number]): boolean => (bits & (1 << FLAGS.indexOf(flag))) !== 0
    return {
      header,
      height,
      lost,
      latest,
      hasBody: has('hasBody'),
      invalid: has('invalid'),
      valid: has('valid'),
      pruned: has('pruned'),
    }
  })
  return record.ok ? record.value : damaged('header', { cause: record.error })
}

export const encodeHash = (hash: BlockHash): Uint8Array => hashIdBytes(hash)

export function decodeHash(bytes: Uint8Array): BlockHash {
  return bytes.length === 32 ? toHashId(bytes) : damaged('hash')
}
