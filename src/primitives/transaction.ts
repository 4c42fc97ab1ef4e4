import { type ByteReader, DecodeError, decode } from '../base/reader.ts'
import type { Result } from '../base/result.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import { HASH_BYTES, sha256d, type Txid, toHashId, type Wtxid, writeHashId } from './hash.ts'
import { isNullOutPoint, type OutPoint } from './outpoint.ts'

/** No serialised transaction can be larger: a block's weight counts each byte at least once (BIP141). */
export const MAX_TRANSACTION_BYTES = 4_000_000

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
  /** BIP141: three times the size without the witness, plus the size with it */
  readonly weight: number
}

/** BIP141: weight in virtual bytes, rounded up. */
export const virtualSize = (weight: number): number => Math.ceil(weight / 4)

export const isCoinbase = (tx: TransactionFields): boolean =>
  tx.inputs.length === 1 && isNullOutPoint(tx.inputs[0]!.prevout)

export const hasWitness = (tx: TransactionFields): boolean =>
  tx.inputs.some((input) => input.witness.length > 0)

function readInput(reader: ByteReader): TxInput {
  const txid = toHashId<Txid>(reader.take(HASH_BYTES))
  const vout = reader.u32()
  const scriptSig = reader.varBytes(MAX_TRANSACTION_BYTES)
  return {
    prevout: { txid, vout },
    scriptSig,
    sequence: reader.u32(),
    witness: [],
  }
}

const readOutput = (reader: ByteReader): TxOutput => ({
  value: reader.u64(),
  scriptPubKey: reader.varBytes(MAX_TRANSACTION_BYTES),
})

const readWitness = (reader: ByteReader): Uint8Array[] =>
  reader.list(MAX_TRANSACTION_BYTES, 1, (r) => r.varBytes(MAX_TRANSACTION_BYTES))

/** Reads one transaction (BIP144); its `bytes` are a view of the reader's. */
export function readTransaction(reader: ByteReader): Transaction {
  const start = reader.offset
  const version = reader.u32()
  const segwit = reader.peek() === WITNESS_MARKER
  if (segwit) {
    reader.u8()
    if (reader.u8() !== WITNESS_FLAG)
      throw new DecodeError('malformed', 'a transaction without inputs, or an unknown flag')
  }
  const bodyStart = reader.offset
  let inputs = reader.list(MAX_TRANSACTION_BYTES, MIN_INPUT_BYTES, readInput)
  if (inputs.length === 0) throw new DecodeError('malformed', 'a transaction without inputs')
  const outputs = reader.list(MAX_TRANSACTION_BYTES, MIN_OUTPUT_BYTES, readOutput)
  const bodyEnd = reader.offset
  if (segwit) {
    inputs = inputs.map((input) => ({
      ...input,
      witness: readWitness(reader),
    }))
    if (inputs.every((input) => input.witness.length === 0))
      throw new DecodeError('malformed', 'a witness flag without a witness')
  }
  const lockTimeStart = reader.offset
  const lockTime = reader.u32()
  const bytes = reader.bytes.subarray(start, reader.offset)
  const body = reader.bytes.subarray(bodyStart, bodyEnd)
  const wtxidDigest = sha256d(bytes)
  const txidDigest = segwit
    ? sha256d(
        reader.bytes.subarray(start, start + 4),
        body,
        reader.bytes.subarray(lockTimeStart, reader.offset),
      )
    : wtxidDigest
  const baseSize = 8 + body.length
  return {
    version,
    inputs,
    outputs,
    lockTime,
    txid: toHashId(txidDigest),
    wtxid: toHashId(wtxidDigest),
    bytes,
    weight: 3 * baseSize + bytes.length,
  }
}

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
    weight: 3 * base.length + bytes.length,
  }
}

/** The size in bytes of an output in a transaction. */
export const outputSize = (output: TxOutput): number =>
  8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length
