import { type ByteReader, DecodeError } from '../base/reader.ts'

/** The longest varint of LevelDB: 64 bits, seven to a byte. */
const MAX_VARINT_BYTES = 10

/**
 * LevelDB's variable-length integer: seven bits to a byte, the least significant first (not Bitcoin's CompactSize). Only
 * the shortest form is accepted, the one that LevelDB writes.
 */
export function readVarint(reader: ByteReader): number {
  let value = 0
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = reader.u8()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte >= 0x80) continue
    if (byte === 0 && i > 0)
      throw new DecodeError('non-canonical', `integer not shortest at ${reader.offset}`)
    if (!Number.isSafeInteger(value)) break
    return value
  }
  throw new DecodeError('over-limit', `integer too large at ${reader.offset}`)
}

/** A length and as many bytes, as a view. */
export const readSlice = (reader: ByteReader): Uint8Array => reader.take(readVarint(reader))

export const allZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
