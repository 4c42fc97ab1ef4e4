import type { DecodeError } from '../base/reader.ts'
import { type ByteReader, decode } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { type BlockHash, HASH_BYTES, type MerkleRoot, sha256d, toHashId, writeHashId } from './hash.ts'

/** Bitcoin's block header: 80 bytes. */
export const HEADER_BYTES = 80

export interface HeaderFields {
  /** signed 32 bits, as in Bitcoin */
  readonly version: number
  readonly previous: BlockHash
  readonly merkleRoot: MerkleRoot
  /** Unix time in seconds, unsigned 32 bits */
  readonly time: number
  /** the target in compact form */
  readonly bits: number
  readonly nonce: number
}

/** A header together with its id, which is computed once. */
export interface BlockHeader extends HeaderFields {
  readonly hash: BlockHash
}

export function encodeHeader(header: HeaderFields): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, header.version, true)
  writeHashId(header.previous, bytes, 4)
  writeHashId(header.merkleRoot, bytes, 36)
  view.setUint32(68, header.time, true)
  view.setUint32(72, header.bits, true)
  view.setUint32(76, header.nonce, true)
  return bytes
}

export function makeHeader(fields: HeaderFields): BlockHeader {
  const { version, previous, merkleRoot, time, bits, nonce } = fields
  return {
    version,
    previous,
    merkleRoot,
    time,
    bits,
    nonce,
    hash: toHashId(sha256d(encodeHeader(fields))),
  }
}

export function readHeader(reader: ByteReader): BlockHeader {
  const start = reader.offset
  const version = reader.i32()
  const previous = toHashId<BlockHash>(reader.bytes, reader.skip(HASH_BYTES))
  const merkleRoot = toHashId<MerkleRoot>(reader.bytes, reader.skip(HASH_BYTES))
  const time = reader.u32()
  const bits = reader.u32()
  const nonce = reader.u32()
  const hash = toHashId<BlockHash>(sha256d(reader.bytes.subarray(start, reader.offset)))
  return { version, previous, merkleRoot, time, bits, nonce, hash }
}

export const decodeHeader = (bytes: Uint8Array): Result<BlockHeader, DecodeError> => decode(bytes, readHeader)
