import { putBytes, putCompactSize, putU32, putU64 } from '../base/little-endian.ts'
import { compactSizeLength } from '../base/writer.ts'
import { type Digest, HASH_BYTES, sha256d, writeHashId } from '../primitives/hash.ts'
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

/** BIP143: the three digests that the inputs of one transaction share, each computed when first asked for. */
export interface SighashCache {
  readonly transaction: TransactionFields
  /** of all inputs in a row, 36 bytes each, as they are hashed */
  outPoints(): Uint8Array
  prevouts(): Digest
  sequences(): Digest
  outputs(): Digest
}

export const createSighashCache = (transaction: TransactionFields): SighashCache =>
  new SharedDigests(transaction)

class SharedDigests implements SighashCache {
  readonly transaction: TransactionFields
  #outPoints: Uint8Array | undefined
  #prevouts: Digest | undefined
  #sequences: Digest | undefined
  #outputs: Digest | undefined

  constructor(transaction: TransactionFields) {
    this.transaction = transaction
  }

  outPoints(): Uint8Array {
    if (this.#outPoints === undefined) {
      const { inputs } = this.transaction
      const bytes = new Uint8Array(OUT_POINT_BYTES * inputs.length)
      let at = 0
      for (const { prevout } of inputs) {
        writeHashId(prevout.txid, bytes, at)
        at = putU32(bytes, at + HASH_BYTES, prevout.vout)
      }
      this.#outPoints = bytes
    }
    return this.#outPoints
  }

  prevouts(): Digest {
    this.#prevouts ??= sha256d(this.outPoints())
    return this.#prevouts
  }

  sequences(): Digest {
    this.#sequences ??= hashSequences(this.transaction)
    return this.#sequences
  }

  outputs(): Digest {
    this.#outputs ??= hashOutputs(this.transaction.outputs)
    return this.#outputs
  }
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

function hashOutputs(outputs: readonly TxOutput[]): Digest {
  let size = 0
  for (const output of outputs) size += outputSize(output)
  const bytes = new Uint8Array(size)
  let at = 0
  for (const { value, scriptPubKey } of outputs) {
    at = putU64(bytes, at, value)
    at = putBytes(bytes, putCompactSize(bytes, at, scriptPubKey.length), scriptPubKey)
  }
  return sha256d(bytes)
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
  at = putBytes(preimage, at, anyoneCanPay ? ZERO_DIGEST : cache.prevouts())
  at = putBytes(preimage, at, !anyoneCanPay && allOutputs ? cache.sequences() : ZERO_DIGEST)
  const outPoints = cache.outPoints()
  for (let i = 0; i < OUT_POINT_BYTES; i++) preimage[at + i] = outPoints[OUT_POINT_BYTES * index + i]!

  at = putU64(preimage, tailAt, value)
  at = putU32(preimage, at, input.sequence)
  let outputs = ZERO_DIGEST
  if (allOutputs) outputs = cache.outputs()
  else if (base === SIGHASH_SINGLE && index < tx.outputs.length) outputs = hashOutputs([tx.outputs[index]!])
  at = putBytes(preimage, at, outputs)
  at = putU32(preimage, at, tx.lockTime)
  putU32(preimage, at, hashType)
  return sha256d(preimage)
}
