import { invariant } from '../base/errors.ts'
import { type ByteReader, DecodeError, decode } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import { HASH_BYTES, sha256d, sha256dMany, type Txid, toHashId, type Wtxid, writeHashId } from './hash.ts'
import type { Ranges } from './hash-engine.ts'
import { isNullOutPoint, type OutPoint } from './outpoint.ts'
import { createSteppedDecoder, type Pace, type SteppedDecoder } from './stepped-decoder.ts'

/** No serialised transaction can be larger: a block's weight counts each byte at least once (BIP141). */
export const MAX_TRANSACTION_BYTES = 4_000_000

/** The decoder takes none that is shorter: one input, no output. */
export const MIN_TRANSACTION_BYTES = 51

const WITNESS_MARKER = 0x00
const WITNESS_FLAG = 0x01
const MIN_INPUT_BYTES = 41
const MIN_OUTPUT_BYTES = 9

export interface TxInput {
  readonly prevout: OutPoint
  readonly scriptSig: Uint8Array
  readonly sequence: number
  /** BIP141: the witness stack of this input, empty where there is none */
  readonly witness: readonly Uint8Array[]
}

export interface TxOutput {
  /** base units */
  readonly value: number
  readonly scriptPubKey: Uint8Array
}

export interface TransactionFields {
  /** unsigned 32 bits */
  readonly version: number
  readonly inputs: readonly TxInput[]
  readonly outputs: readonly TxOutput[]
  readonly lockTime: number
}

/** A transaction with its BIP144 bytes and what is derived from them, computed once. */
export interface Transaction extends TransactionFields {
  readonly txid: Txid
  readonly wtxid: Wtxid
  /** BIP144 serialisation, with the witness where there is one */
  readonly bytes: Uint8Array
  /** BIP141: bytes without the witness */
  readonly baseSize: number
  /** BIP141: three times the size without the witness, plus the size with it */
  readonly weight: number
}

/** BIP141: weight in virtual bytes, rounded up. */
export const virtualSize = (weight: number): number => Math.ceil(weight / 4)

export const isCoinbase = (tx: TransactionFields): boolean =>
  tx.inputs.length === 1 && isNullOutPoint(tx.inputs[0]!.prevout)

export const hasWitness = (tx: TransactionFields): boolean =>
  tx.inputs.some((input) => input.witness.length > 0)

/** The part of a transaction that is there before it is hashed. */
interface ParsedTransaction extends TransactionFields {
  /** where it lies in the reader's bytes, with the witness */
  readonly whole: Ranges
  /** and without; the same where there is no witness */
  readonly base: Ranges
  readonly baseSize: number
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

// One for all: a block has thousands of inputs.
const NO_WITNESS: readonly Uint8Array[] = []

function readInput(reader: ByteReader): Draft<TxInput> {
  const txid = toHashId<Txid>(reader.bytes, reader.skip(HASH_BYTES))
  const vout = reader.u32()
  const scriptSig = reader.varBytes(MAX_TRANSACTION_BYTES)
  return { prevout: { txid, vout }, scriptSig, sequence: reader.u32(), witness: NO_WITNESS }
}

const readOutput = (reader: ByteReader): TxOutput => ({
  value: reader.u64(),
  scriptPubKey: reader.varBytes(MAX_TRANSACTION_BYTES),
})

/**
 * Reads one transaction (BIP144) and leaves its ids to `identify`, which is faster for many of them. Between two of its
 * inputs, outputs or witness items it yields where it has come to `pace.pauseAt`: a transaction can have millions.
 */
function* parseTransaction(reader: ByteReader, pace: Pace): Generator<undefined, ParsedTransaction> {
  const start = reader.offset
  const version = reader.u32()
  const segwit = reader.peek() === WITNESS_MARKER
  if (segwit) {
    reader.skip(1)
    if (reader.u8() !== WITNESS_FLAG)
      throw new DecodeError('malformed', 'a transaction without inputs, or an unknown flag')
  }
  const bodyStart = reader.offset
  const inputs = new Array<Draft<TxInput>>(reader.count(MAX_TRANSACTION_BYTES, MIN_INPUT_BYTES))
  for (let i = 0; i < inputs.length; i++) {
    inputs[i] = readInput(reader)
    if (reader.offset >= pace.pauseAt) yield
  }
  if (inputs.length === 0) throw new DecodeError('malformed', 'a transaction without inputs')
  const outputs = new Array<TxOutput>(reader.count(MAX_TRANSACTION_BYTES, MIN_OUTPUT_BYTES))
  for (let i = 0; i < outputs.length; i++) {
    outputs[i] = readOutput(reader)
    if (reader.offset >= pace.pauseAt) yield
  }
  const bodyEnd = reader.offset
  if (segwit) {
    let items = 0
    for (const input of inputs) {
      const witness = new Array<Uint8Array>(reader.count(MAX_TRANSACTION_BYTES, 1))
      for (let i = 0; i < witness.length; i++) {
        witness[i] = reader.varBytes(MAX_TRANSACTION_BYTES)
        if (reader.offset >= pace.pauseAt) yield
      }
      input.witness = witness
      items += witness.length
    }
    if (items === 0) throw new DecodeError('malformed', 'a witness flag without a witness')
  }
  const lockTimeStart = reader.offset
  const lockTime = reader.u32()
  const end = reader.offset
  const whole = [start, end]
  const base = segwit ? [start, start + 4, bodyStart, bodyEnd, lockTimeStart, end] : whole
  return { version, inputs, outputs, lockTime, whole, base, baseSize: 8 + bodyEnd - bodyStart }
}

/**
 * The transactions with their ids, which are computed side by side.
 * @param source - the bytes that all of them were read from; their `bytes` are views of it
 */
function identify(source: Uint8Array, parsed: readonly ParsedTransaction[]): Transaction[] {
  const messages: Ranges[] = []
  for (const { whole, base } of parsed) {
    messages.push(whole)
    if (base !== whole) messages.push(base)
  }
  const digests = sha256dMany(source, messages)
  let next = 0
  const nextId = <T extends Txid | Wtxid>(): T => toHashId<T>(digests, HASH_BYTES * next++)
  return parsed.map(({ version, inputs, outputs, lockTime, whole, base, baseSize }) => {
    const wtxid = nextId<Wtxid>()
    const txid = base === whole ? (wtxid as string as Txid) : nextId<Txid>()
    const bytes = source.subarray(whole[0], whole[1])
    const weight = 3 * baseSize + bytes.length
    return { version, inputs, outputs, lockTime, txid, wtxid, bytes, baseSize, weight }
  })
}

/** Reads so many transactions that lie one behind the other, and hashes them slice by slice. */
export function* readTransactions(
  reader: ByteReader,
  count: number,
  pace: Pace,
): Generator<undefined, Transaction[]> {
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
  return transactions
}

/** Decodes exactly so many transactions that lie one behind the other. The bytes are kept, not copied. */
export const createTransactionsDecoder = (
  bytes: Uint8Array,
  count: number,
): SteppedDecoder<readonly Transaction[]> =>
  createSteppedDecoder(bytes, function* (reader, pace) {
    const transactions = yield* readTransactions(reader, count, pace)
    reader.end()
    return transactions
  })

const NEVER: Pace = { pauseAt: Number.POSITIVE_INFINITY }

/** Reads one transaction (BIP144). */
export function readTransaction(reader: ByteReader): Transaction {
  const step = parseTransaction(reader, NEVER).next()
  invariant(step.done === true, 'nothing asked for a pause')
  return identify(reader.bytes, [step.value])[0]!
}

/** The bytes are kept, not copied: they must not change afterwards. */
export const decodeTransaction = (bytes: Uint8Array): Result<Transaction, DecodeError> =>
  decode(bytes, readTransaction)

export function writeOutput(writer: ByteWriter, output: TxOutput): void {
  writer.u64(output.value).varBytes(output.scriptPubKey)
}

export function writeOutPoint(writer: ByteWriter, outPoint: OutPoint): void {
  const txid = new Uint8Array(HASH_BYTES)
  writeHashId(outPoint.txid, txid)
  writer.bytes(txid).u32(outPoint.vout)
}

/** BIP144 bytes; without the witness where `witness` is false or no input has one. */
export function encodeTransaction(tx: TransactionFields, { witness = true } = {}): Uint8Array {
  const segwit = witness && hasWitness(tx)
  const writer = new ByteWriter()
  writer.u32(tx.version)
  if (segwit) writer.u8(WITNESS_MARKER).u8(WITNESS_FLAG)
  writer.compactSize(tx.inputs.length)
  for (const input of tx.inputs) {
    writeOutPoint(writer, input.prevout)
    writer.varBytes(input.scriptSig).u32(input.sequence)
  }
  writer.compactSize(tx.outputs.length)
  for (const output of tx.outputs) writeOutput(writer, output)
  if (segwit) {
    for (const input of tx.inputs) {
      writer.compactSize(input.witness.length)
      for (const item of input.witness) writer.varBytes(item)
    }
  }
  return writer.u32(tx.lockTime).finish()
}

/** A transaction from its fields, with ids, bytes and weight. */
export function makeTransaction(fields: TransactionFields): Transaction {
  const bytes = encodeTransaction(fields)
  const base = hasWitness(fields) ? encodeTransaction(fields, { witness: false }) : bytes
  return {
    version: fields.version,
    inputs: fields.inputs,
    outputs: fields.outputs,
    lockTime: fields.lockTime,
    txid: toHashId(sha256d(base)),
    wtxid: toHashId(sha256d(bytes)),
    bytes,
    baseSize: base.length,
    weight: 3 * base.length + bytes.length,
  }
}

/** The size in bytes of an output in a transaction. */
export const outputSize = (output: TxOutput): number =>
  8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length
