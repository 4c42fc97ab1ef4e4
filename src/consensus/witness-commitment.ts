import { concatBytes, equalBytes } from '../base/bytes.ts'
import { type Digest, HASH_BYTES, sha256d, writeHashId } from '../primitives/hash.ts'
import { merkleRoot } from '../primitives/merkle.ts'
import { hasWitness, type Transaction, type TransactionFields } from '../primitives/transaction.ts'
import type { RuleCode } from './rules.ts'

/** BIP141: OP_RETURN, a push of 36 bytes, and the commitment's four bytes of header. */
const COMMITMENT_PREFIX = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed)
const COMMITMENT_SCRIPT_BYTES = 38

/** The witness item of a coinbase that the commitment also covers; BIP141 leaves its 32 bytes free. */
export const WITNESS_RESERVED_VALUE: Uint8Array = new Uint8Array(32)

/** BIP141: double SHA-256 of the witness root (the coinbase's wtxid counts as zero) and the reserved value. */
export function witnessCommitment(transactions: readonly Transaction[], reserved: Uint8Array): Digest {
  const leaves = new Uint8Array(HASH_BYTES * transactions.length)
  for (const [index, tx] of transactions.entries())
    if (index > 0) writeHashId(tx.wtxid, leaves, HASH_BYTES * index)
  return sha256d(merkleRoot(leaves).root, reserved)
}

/** The output script that carries a commitment. */
export const commitmentScript = (commitment: Digest): Uint8Array => concatBytes(COMMITMENT_PREFIX, commitment)

/** The commitment in a coinbase: the last output that looks like one (BIP141). */
function findCommitment(coinbase: TransactionFields): Uint8Array | undefined {
  for (let i = coinbase.outputs.length - 1; i >= 0; i--) {
    const script = coinbase.outputs[i]!.scriptPubKey
    if (script.length < COMMITMENT_SCRIPT_BYTES) continue
    if (equalBytes(script.subarray(0, COMMITMENT_PREFIX.length), COMMITMENT_PREFIX))
      return script.subarray(COMMITMENT_PREFIX.length, COMMITMENT_SCRIPT_BYTES)
  }
  return undefined
}

/** Which of BIP141's rules on the commitment the block breaks, if any. */
export function checkWitnessCommitment(transactions: readonly Transaction[]): RuleCode | undefined {
  const coinbase = transactions[0]
  const commitment = coinbase && findCommitment(coinbase)
  if (commitment === undefined) return transactions.some(hasWitness) ? 'witness-unexpected' : undefined
  const [reserved, ...others] = coinbase!.inputs[0]!.witness
  if (reserved?.length !== 32 || others.length > 0) return 'witness-reserved-value-wrong'
  const wanted = witnessCommitment(transactions, reserved)
  return equalBytes(wanted, commitment) ? undefined : 'witness-commitment-mismatch'
}
