import { putBytes, putCompactSize, putU32, putU64 } from '../base/little-endian.ts'
import { compactSizeLength } from '../base/writer.ts'
import { type Digest, HASH_BYTES, sha256d, sha256dInto, writeHashId } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { outputSize, type TransactionFields, type TxOutput } from '../primitives/transaction.ts'
import { P2WPKH_SCRIPT_CODE_BYTES, putP2wpkhScriptCode } from './templates.ts'

export const SIGHASH_ALL = 0x01
export const SIGHASH_NONE = 0x02
export const SIGHASH_SINGLE = 0x03
export const SIGHASH_ANYONECANPAY = 0x80

const ZERO_DIGEST: Digest = new Uint8Array(HASH_BYTES)
const OUT_POINT_BYTES = 36

/** ALL, NONE or SINGLE, each with or without ANYONECANPAY. */
export function isKnownHashType(hashType: number): boolean {
  const base = hashType & ~SIGHASH_ANYONECANPAY
  return base >= SIGHASH_ALL && base <= SIGHASH_SINGLE
}

/**
 * BIP143: the three digests that the inputs of one transaction share, each computed when first asked for. They are
 * written where they are wanted, and where that ends is returned.
 */
export interface SighashCache {
  readonly transaction: TransactionFields
  putPrevouts(out: Uint8Array, at: number): number
  putSequences(out: Uint8Array, at: number): number
  putOutputs(out: Uint8Array, at: number): number
}

export const createSighashCache = (transaction: TransactionFields): SighashCache =>
  new SharedDigests(transaction)

/** Where the digests stand in the array that they share: most transactions are looked at once, and arrays are dear. */
const PREVOUTS = 0
const OUTPUTS = HASH_BYTES

class SharedDigests implements SighashCache {
  readonly transaction: TransactionFields
  readonly #digests = new Uint8Array(2 * HASH_BYTES)
  #hasPrevouts = false
  #hasOutputs = false
  #sequences: Digest | undefined

  constructor(transaction: TransactionFields) {
    this.transaction = transaction
  }

  putPrevouts(out: Uint8Array, at: number): number {
    if (!this.#hasPrevouts) hashPrevouts(this.transaction, this.#digests, PREVOUTS)
    this.#hasPrevouts = true
    return this.#put(PREVOUTS, out, at)
  }

  putSequences(out: Uint8Array, at: number): number {
    this.#sequences ??= hashSequences(this.transaction)
    return putBytes(out, at, this.#sequences)
  }

  putOutputs(out: Uint8Array, at: number): number {
    if (!this.#hasOutputs) hashOutputs(this.transaction.outputs, this.#digests, OUTPUTS)
    this.#hasOutputs = true
    return this.#put(OUTPUTS, out, at)
  }

  #put(from: number, out: Uint8Array, at: number): number {
    for (let i = 0; i < HASH_BYTES; i++) out[at + i] = this.#digests[from + i]!
    return at + HASH_BYTES
  }
}

/** What is hashed and not needed any more. */
const SCRATCH = new Uint8Array(1_024)

const scratch = (size: number): Uint8Array => (size <= SCRATCH.length ? SCRATCH : new Uint8Array(size))

function putOutPoint(out: Uint8Array, at: number, { txid, vout }: OutPoint): number {
  writeHashId(txid, out, at)
  return putU32(out, at + HASH_BYTES, vout)
}

function hashPrevouts({ inputs }: TransactionFields, out: Uint8Array, outAt: number): void {
  const bytes = scratch(OUT_POINT_BYTES * inputs.length)
  let at = 0
  for (const { prevout } of inputs) at = putOutPoint(bytes, at, prevout)
  sha256dInto(out, outAt, bytes, 0, at)
}

/** Most transactions have one input and one of two sequences: the last digest of a single one is kept. */
let lastSequence = -1
let lastSequenceDigest = ZERO_DIGEST

function hashSequences({ inputs }: TransactionFields): Digest {
  const first = inputs[0]?.sequence
  if (inputs.length === 1 && first === lastSequence) return lastSequenceDigest
  const bytes = new Uint8Array(4 * inputs.length)
  let at = 0
  for (const { sequence } of inputs) at = putU32(bytes, at, sequence)
  const digest = sha256d(bytes)
  if (inputs.length === 1 && first !== undefined) {
    lastSequence = first
    lastSequenceDigest = digest
  }
  return digest
}

function hashOutputs(outputs: readonly TxOutput[], out: Uint8Array, outAt: number): void {
  let size = 0
  for (const output of outputs) size += outputSize(output)
  const bytes = scratch(size)
  let at = 0
  for (const { value, scriptPubKey } of outputs) {
    at = putU64(bytes, at, value)
    at = putBytes(bytes, putCompactSize(bytes, at, scriptPubKey.length), scriptPubKey)
  }
  sha256dInto(out, outAt, bytes, 0, at)
}

/** BIP143's preimage: what stands before the script code (version, two digests, outpoint) and after it. */
const HEAD_BYTES = 4 + 2 * HASH_BYTES + OUT_POINT_BYTES
const TAIL_BYTES = 8 + 4 + HASH_BYTES + 4 + 4

/**
 * BIP143: the digest that a witness-v0 signature of input `index` signs.
 * @param scriptCode - the script being executed, or `p2wpkhScriptCode`
 * @param value - base units of the output that is spent
 */
export function witnessSighash(
  cache: SighashCache,
  index: number,
  scriptCode: Uint8Array,
  value: number,
  hashType: number,
): Digest {
  const { length } = scriptCode
  const preimage = new Uint8Array(HEAD_BYTES + compactSizeLength(length) + length + TAIL_BYTES)
  const at = putBytes(preimage, putCompactSize(preimage, HEAD_BYTES, length), scriptCode)
  return hashPreimage(preimage, at, cache, index, value, hashType)
}

/** Of every P2WPKH input, one after the other: larger arrays are dear to make, and their script codes are of one size. */
const P2WPKH_PREIMAGE = new Uint8Array(HEAD_BYTES + 1 + P2WPKH_SCRIPT_CODE_BYTES + TAIL_BYTES)

/** `witnessSighash` of a P2WPKH input, whose script code follows from `keyHash`. */
export function p2wpkhSighash(
  cache: SighashCache,
  index: number,
  keyHash: Uint8Array,
  value: number,
  hashType: number,
): Digest {
  P2WPKH_PREIMAGE[HEAD_BYTES] = P2WPKH_SCRIPT_CODE_BYTES
  const at = putP2wpkhScriptCode(P2WPKH_PREIMAGE, HEAD_BYTES + 1, keyHash)
  return hashPreimage(P2WPKH_PREIMAGE, at, cache, index, value, hashType)
}

/** Fills in what stands before the script code and, from `tailAt` on, after it. */
function hashPreimage(
  preimage: Uint8Array,
  tailAt: number,
  cache: SighashCache,
  index: number,
  value: number,
  hashType: number,
): Digest {
  const tx = cache.transaction
  const input = tx.inputs[index]
  if (input === undefined) throw new RangeError(`index ${index} of ${tx.inputs.length} inputs`)
  const anyoneCanPay = (hashType & SIGHASH_ANYONECANPAY) !== 0
  const base = hashType & 0x1f
  const allOutputs = base !== SIGHASH_SINGLE && base !== SIGHASH_NONE

  let at = putU32(preimage, 0, tx.version)
  at = anyoneCanPay ? putBytes(preimage, at, ZERO_DIGEST) : cache.putPrevouts(preimage, at)
  if (!anyoneCanPay && allOutputs) at = cache.putSequences(preimage, at)
  else at = putBytes(preimage, at, ZERO_DIGEST)
  putOutPoint(preimage, at, input.prevout)

  at = putU64(preimage, tailAt, value)
  at = putU32(preimage, at, input.sequence)
  if (allOutputs) at = cache.putOutputs(preimage, at)
  else {
    putBytes(preimage, at, ZERO_DIGEST)
    const own = base === SIGHASH_SINGLE ? tx.outputs[index] : undefined
    if (own !== undefined) hashOutputs([own], preimage, at)
    at += HASH_BYTES
  }
  at = putU32(preimage, at, tx.lockTime)
  putU32(preimage, at, hashType)
  const digest = new Uint8Array(HASH_BYTES)
  sha256dInto(digest, 0, preimage, 0, preimage.length)
  return digest
}
