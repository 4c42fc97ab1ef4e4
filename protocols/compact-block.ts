import { concatBytes } from '../src/base/bytes.ts'
import { type ByteReader, DecodeError, decode } from '../src/base/reader.ts'
import type { Result } from '../src/base/result.ts'
import { ByteWriter } from '../src/base/writer.ts'
import { type Block, MAX_BLOCK_TRANSACTIONS } from '../src/primitives/block.ts'
import { HASH_BYTES, sha256, type Wtxid, writeHashId } from '../src/primitives/hash.ts'
import { type BlockHeader, encodeHeader, readHeader } from '../src/primitives/header.ts'
import { sipHash24, sipHashKey } from '../src/primitives/sip-hash.ts'
import { MIN_TRANSACTION_BYTES, readTransaction, type Transaction } from '../src/primitives/transaction.ts'

export const COMPACT_NONCE_BYTES = 8
const SHORT_ID_BYTES = 6
/** Transactions that come with a compact block: the coinbase, and few others. */
const MAX_PREFILLED = 16

/** A transaction that comes with a compact block. */
export interface PrefilledTransaction {
  /** its place in the block */
  readonly index: number
  readonly transaction: Transaction
}

/** A block whose transactions are named by short ids (BIP152, version 2: `HeaderAndShortIDs`). */
export interface CompactBlock {
  readonly header: BlockHeader
  /** 8 bytes */
  readonly nonce: Uint8Array
  /** of the transactions that are not prefilled, in the order of the block; 48 bits each */
  readonly shortIds: readonly number[]
  /** the coinbase first, ascending by place */
  readonly prefilled: readonly PrefilledTransaction[]
}

/**
 * BIP152: the way from a wtxid to its short id under a header and nonce, the low 48 bits of SipHash-2-4. The key is the
 * beginning of SHA-256 of the two.
 */
export function createShortIds(header: BlockHeader, nonce: Uint8Array): (wtxid: Wtxid) => number {
  const key = sipHashKey(sha256(concatBytes(encodeHeader(header), nonce)))
  const wtxidBytes = new Uint8Array(HASH_BYTES)
  const words = new Uint32Array(2)
  return (wtxid) => {
    writeHashId(wtxid, wtxidBytes)
    sipHash24(key, wtxidBytes, words)
    return words[0]! + (words[1]! & 0xffff) * 0x1_0000_0000
  }
}

/** The compact form of a block, its coinbase prefilled. @param nonce - 8 bytes that nobody could foresee */
export function encodeCompactBlock(block: Block, nonce: Uint8Array): Uint8Array {
  const shortIdOf = createShortIds(block.header, nonce)
  const [coinbase, ...others] = block.transactions
  const writer = new ByteWriter(128 + SHORT_ID_BYTES * others.length + coinbase!.bytes.length)
  writer.bytes(encodeHeader(block.header)).bytes(nonce).compactSize(others.length)
  for (const { wtxid } of others) {
    const id = shortIdOf(wtxid)
    writer.u32(id % 0x1_0000_0000).u16(Math.floor(id / 0x1_0000_0000))
  }
  return writer.compactSize(1).compactSize(0).bytes(coinbase!.bytes).finish()
}

const readShortId = (reader: ByteReader): number => reader.u32() + reader.u16() * 0x1_0000_0000

function readCompactBlock(reader: ByteReader): CompactBlock {
  const header = readHeader(reader)
  const nonce = reader.take(COMPACT_NONCE_BYTES)
  const shortIds = reader.list(MAX_BLOCK_TRANSACTIONS, SHORT_ID_BYTES, readShortId)
  let next = 0
  const prefilled = reader.list(MAX_PREFILLED, 1 + MIN_TRANSACTION_BYTES, () => {
    const index = next + reader.compactSize(MAX_BLOCK_TRANSACTIONS)
    next = index + 1
    return { index, transaction: readTransaction(reader) }
  })
  const count = shortIds.length + prefilled.length
  if (prefilled[0]?.index !== 0) throw new DecodeError('malformed', 'the coinbase is not prefilled')
  if (count > MAX_BLOCK_TRANSACTIONS) throw new DecodeError('over-limit', `${count} transactions`)
  if (next > count) throw new DecodeError('malformed', 'a prefilled transaction is beyond the last place')
  return { header, nonce, shortIds, prefilled }
}

/** Checks the form only: short ids may be repeated, and may be those of no transaction at all. The bytes are kept. */
export const decodeCompactBlock = (bytes: Uint8Array): Result<CompactBlock, DecodeError> =>
  decode(bytes, readCompactBlock)
