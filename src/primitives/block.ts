import { concatBytes } from '../base/bytes.ts'
import type { ByteReader, DecodeError } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import type { BlockHash } from './hash.ts'
import { type BlockHeader, encodeHeader, HEADER_BYTES, readHeader } from './header.ts'
import { createSteppedDecoder, type Pace, type SteppedDecoder } from './stepped-decoder.ts'
import { MIN_TRANSACTION_BYTES, readTransactions, type Transaction } from './transaction.ts'

/** No serialised block can be larger: its weight counts each byte at least once (BIP141). */
export const MAX_BLOCK_BYTES = 4_000_000

/** No valid block holds more: a transaction weighs at least four times the fewest bytes that it can have. */
export const MAX_BLOCK_TRANSACTIONS = Math.floor(MAX_BLOCK_BYTES / (4 * MIN_TRANSACTION_BYTES))

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

function* readBlock(reader: ByteReader, pace: Pace): Generator<undefined, Block> {
  const header = readHeader(reader)
  const count = reader.count(MAX_BLOCK_BYTES, MIN_TRANSACTION_BYTES)
  const transactions = yield* readTransactions(reader, count, pace)
  reader.end()
  return { header, hash: header.hash, transactions, bytes: reader.bytes, weight: weigh(transactions) }
}

/** The bytes are kept, not copied: they must not change afterwards. */
export const createBlockDecoder = (bytes: Uint8Array): SteppedDecoder<Block> =>
  createSteppedDecoder(bytes, readBlock)

/** The bytes are kept, not copied: they must not change afterwards. */
export function decodeBlock(bytes: Uint8Array): Result<Block, DecodeError> {
  const decoder = createBlockDecoder(bytes)
  while (!decoder.step());
  return decoder.result()
}

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
