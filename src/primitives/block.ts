import { concatBytes } from '../base/bytes.ts'
import { type ByteReader, type DecodeError, decode } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import type { BlockHash } from './hash.ts'
import { type BlockHeader, encodeHeader, HEADER_BYTES, readHeader } from './header.ts'
import { readTransaction, type Transaction } from './transaction.ts'

/** No serialised block can be larger: its weight counts each byte at least once (BIP141). */
export const MAX_BLOCK_BYTES = 4_000_000

const MIN_TRANSACTION_BYTES = 51

/** A block as it crosses the wire and lies on the disk, decoded once. */
export interface Block {
  readonly header: BlockHeader
  readonly hash: BlockHash
  readonly transactions: readonly Transaction[]
  /** header, CompactSize count, transactions with their witnesses */
  readonly bytes: Uint8Array
  /** BIP141; the header and the count weigh four times their size */
  readonly weight: number
}

const weigh = (transactions: readonly Transaction[]): number =>
  transactions.reduce(
    (sum, tx) => sum + tx.weight,
    4 * (HEADER_BYTES + compactSizeLength(transactions.length)),
  )

function readBlock(reader: ByteReader): Block {
  const start = reader.offset
  const header = readHeader(reader)
  const transactions = reader.list(MAX_BLOCK_BYTES, MIN_TRANSACTION_BYTES, readTransaction)
  const bytes = reader.bytes.subarray(start, reader.offset)
  return {
    header,
    hash: header.hash,
    transactions,
    bytes,
    weight: weigh(transactions),
  }
}

/** The bytes are kept, not copied: they must not change afterwards. */
export const decodeBlock = (bytes: Uint8Array): Result<Block, DecodeError> => decode(bytes, readBlock)

export function makeBlock(header: BlockHeader, transactions: readonly Transaction[]): Block {
  const count = new ByteWriter(9).compactSize(transactions.length).finish()
  const bytes = concatBytes(encodeHeader(header), count, ...transactions.map((tx) => tx.bytes))
  return {
    header,
    hash: header.hash,
    transactions,
    bytes,
    weight: weigh(transactions),
  }
}
