import { concatBytes } from '../base/bytes.ts'
import { ByteReader, DecodeError, decoding } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { ByteWriter } from '../base/writer.ts'
import type { Clock } from '../ports/clock.ts'
import { type BlockHash, HASH_BYTES, toHashId, writeHashId } from '../primitives/hash.ts'
import { crc32 } from '../storage/crc32.ts'
import { MAX_STANDARD_WEIGHT } from './policy.ts'

/** The most bytes that are read: more than a full pool has. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024
/** A new number for every change of the format: records of another one are not looked at. */
const VERSION = 1
const MAGIC = Uint8Array.of(0x43, 0x6d, 0x65, 0x6d) // "Cmem"
const CHECKSUM_BYTES = 4
const MAX_ESTIMATOR_BYTES = 1 << 20
/** Time, length, and a transaction of 60 bytes. */
const MIN_SAVED_BYTES = 8 + 1 + 60
/** Transactions that are written before others have their turn. */
const WRITE_STEP = 500
/** Bytes that are summed before others have their turn. */
const SUM_STEP = 1 << 20

/** A transaction as it is kept. */
export interface SavedTransaction {
  /** BIP144 */
  readonly bytes: Uint8Array
  /** Unix milliseconds, when it first came */
  readonly addedAt: number
}

/** What a mempool leaves to the next process. */
export interface MempoolRecord {
  readonly genesis: BlockHash
  /** what the fee estimator says of itself */
  readonly estimator: Uint8Array
  /** parents before children */
  readonly transactions: readonly SavedTransaction[]
}

/** The bytes of a record, made piece by piece: others have their turn in between. The format is in README.md. */
export async function encodeMempoolRecord(
  { genesis, estimator, transactions }: MempoolRecord,
  clock: Pick<Clock, 'turn'>,
): Promise<Uint8Array> {
  const hash = new Uint8Array(HASH_BYTES)
  writeHashId(genesis, hash)
  const head = new ByteWriter(estimator.length + 64).bytes(MAGIC).u32(VERSION).bytes(hash).varBytes(estimator)
  const parts = [head.compactSize(transactions.length).finish()]
  for (let start = 0; start < transactions.length; start += WRITE_STEP) {
    const writer = new ByteWriter(WRITE_STEP * 512)
    for (const { bytes, addedAt } of transactions.slice(start, start + WRITE_STEP))
      writer.u64(addedAt).varBytes(bytes)
    parts.push(writer.finish())
    await clock.turn()
  }
  const body = concatBytes(...parts)
  return concatBytes(body, new ByteWriter(CHECKSUM_BYTES).u32(await sum(body, clock)).finish())
}

/** What was written, as views of its bytes; an error where it is damaged, or of another network or version. */
export async function decodeMempoolRecord(
  bytes: Uint8Array,
  genesis: BlockHash,
  clock: Pick<Clock, 'turn'>,
): Promise<Result<MempoolRecord, DecodeError>> {
  const end = Math.max(0, bytes.length - CHECKSUM_BYTES)
  const body = bytes.subarray(0, end)
  const expected = await sum(body, clock)
  return decoding(() => {
    if (new ByteReader(bytes.subarray(end)).u32() !== expected)
      throw new DecodeError('malformed', 'the checksum does not match')
    const reader = new ByteReader(body)
    if (reader.take(MAGIC.length).some((byte, at) => byte !== MAGIC[at]) || reader.u32() !== VERSION)
      throw new DecodeError('malformed', 'it is of another version')
    if (toHashId<BlockHash>(reader.take(HASH_BYTES)) !== genesis)
      throw new DecodeError('malformed', 'it is of another network')
    const estimator = reader.varBytes(MAX_ESTIMATOR_BYTES)
    const transactions = reader.list(MAX_RECORD_BYTES, MIN_SAVED_BYTES, (each) => ({
      addedAt: each.u64(),
      bytes: each.varBytes(MAX_STANDARD_WEIGHT),
    }))
    reader.end()
    return { genesis, estimator, transactions }
  })
}

async function sum(bytes: Uint8Array, clock: Pick<Clock, 'turn'>): Promise<number> {
  let crc = 0
  for (let start = 0; start < bytes.length; start += SUM_STEP) {
    crc = crc32(bytes.subarray(start, start + SUM_STEP), crc)
    await clock.turn()
  }
  return crc
}
