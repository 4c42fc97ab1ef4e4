import { concatBytes } from '../base/bytes.ts'
import { invariant } from '../base/errors.ts'
import { ByteReader, type DecodeError, decoding } from '../base/reader.ts'
import { ok, type Result } from '../base/result.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import type { BlockHash } from './hash.ts'
import { type BlockHeader, encodeHeader, HEADER_BYTES, readHeader } from './header.ts'
import {
  identify,
  type Pace,
  type ParsedTransaction,
  parseTransaction,
  type Transaction,
} from './transaction.ts'

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

/** About how many bytes the decoder reads before it hashes them: what is hashed is still in the cache then. */
const SLICE_BYTES = 262_144

/** Decodes a block in several steps, between which a thread can do something else. */
export interface BlockDecoder {
  /**
   * Reads about so many bytes more, and hashes the transactions that are complete.
   * @returns whether there is nothing left to do
   */
  step(slice?: number): boolean
  /** The block, or what is wrong with it. Only once `step` has said that it is through. */
  result(): Result<Block, DecodeError>
}

function* readBlock(reader: ByteReader, pace: Pace): Generator<undefined, Block> {
  const header = readHeader(reader)
  const count = reader.count(MAX_BLOCK_BYTES, MIN_TRANSACTION_BYTES)
  const transactions: Transaction[] = []
  let parsed: ParsedTransaction[] = []
  while (transactions.length + parsed.length < count) {
    const { pauseAt } = pace
    parsed.push(yield* parseTransaction(reader, pace))
    if (reader.offset < pauseAt) continue
    for (const transaction of identify(reader.bytes, parsed)) transactions.push(transaction)
    parsed = []
    if (reader.offset >= pace.pauseAt) yield
  }
  for (const transaction of identify(reader.bytes, parsed)) transactions.push(transaction)
  reader.end()
  return { header, hash: header.hash, transactions, bytes: reader.bytes, weight: weigh(transactions) }
}

/** The bytes are kept, not copied: they must not change afterwards. */
export function createBlockDecoder(bytes: Uint8Array): BlockDecoder {
  const reader = new ByteReader(bytes)
  const pace: Pace = { pauseAt: 0 }
  const block = readBlock(reader, pace)
  let result: Result<Block, DecodeError> | undefined
  return {
    step(slice = SLICE_BYTES) {
      if (result !== undefined) return true
      pace.pauseAt = reader.offset + slice
      const step = decoding(() => block.next())
      if (!step.ok) result = step
      else if (step.value.done === true) result = ok(step.value.value)
      return result !== undefined
    },
    result() {
      invariant(result !== undefined, 'the block has been read to its end')
      return result
    },
  }
}

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
