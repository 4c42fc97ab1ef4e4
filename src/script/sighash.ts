import { ByteWriter } from '../base/writer.ts'
import { type Digest, sha256d } from '../primitives/hash.ts'
import { type TransactionFields, writeOutPoint, writeOutput } from '../primitives/transaction.ts'

export const SIGHASH_ALL = 0x01
export const SIGHASH_NONE = 0x02
export const SIGHASH_SINGLE = 0x03
export const SIGHASH_ANYONECANPAY = 0x80

const ZERO_DIGEST: Digest = new Uint8Array(32)

/** ALL, NONE or SINGLE, each with or without ANYONECANPAY. */
export function isKnownHashType(hashType: number): boolean {
  const base = hashType & ~SIGHASH_ANYONECANPAY
  return base >= SIGHASH_ALL && base <= SIGHASH_SINGLE
}

/** BIP143: the three digests that the inputs of one transaction share, each computed when first asked for. */
export interface SighashCache {
  readonly transaction: TransactionFields
  prevouts(): Digest
  sequences(): Digest
  outputs(): Digest
}

export function createSighashCache(transaction: TransactionFields): SighashCache {
  let prevouts: Digest | undefined
  let sequences: Digest | undefined
  let outputs: Digest | undefined
  const { inputs } = transaction
  return {
    transaction,
    prevouts() {
      if (prevouts === undefined) {
        const writer = new ByteWriter(36 * inputs.length)
        for (const input of inputs) writeOutPoint(writer, input.prevout)
        prevouts = sha256d(writer.finish())
      }
      return prevouts
    },
    sequences() {
      if (sequences === undefined) {
        const writer = new ByteWriter(4 * inputs.length)
        for (const input of inputs) writer.u32(input.sequence)
        sequences = sha256d(writer.finish())
      }
      return sequences
    },
    outputs() {
      if (outputs === undefined) {
        const writer = new ByteWriter(64 * transaction.outputs.length)
        for (const output of transaction.outputs) writeOutput(writer, output)
        outputs = sha256d(writer.finish())
      }
      return outputs
    },
  }
}

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
  const tx = cache.transaction
  const input = tx.inputs[index]
  if (input === undefined) throw new RangeError(`index ${index} of ${tx.inputs.length} inputs`)
  const anyoneCanPay = (hashType & SIGHASH_ANYONECANPAY) !== 0
  const base = hashType & 0x1f
  const allOutputs = base !== SIGHASH_SINGLE && base !== SIGHASH_NONE

  let outputs = ZERO_DIGEST
  if (allOutputs) outputs = cache.outputs()
  else if (base === SIGHASH_SINGLE && index < tx.outputs.length) {
    const writer = new ByteWriter(64)
    writeOutput(writer, tx.outputs[index]!)
    outputs = sha256d(writer.finish())
  }

  const writer = new ByteWriter(160 + scriptCode.length)
  writer.u32(tx.version)
  writer.bytes(anyoneCanPay ? ZERO_DIGEST : cache.prevouts())
  writer.bytes(!anyoneCanPay && allOutputs ? cache.sequences() : ZERO_DIGEST)
  writeOutPoint(writer, input.prevout)
  writer.varBytes(scriptCode).u64(value).u32(input.sequence)
  return sha256d(writer.bytes(outputs).u32(tx.lockTime).u32(hashType).finish())
}
