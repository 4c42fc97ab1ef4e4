import { equalBytes } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { hash160 } from '../primitives/hash.ts'
import type { TxOutput } from '../primitives/transaction.ts'
import { isKnownHashType, type SighashCache, witnessSighash } from './sighash.ts'
import type { SignatureCheck } from './signature-check.ts'
import { parseSignature } from './signature-encoding.ts'
import { classifyScript, p2wpkhScriptCode } from './templates.ts'
import type { ScriptErrorCode } from './verdict.ts'

/**
 * Everything that the witness of input `index` has to fulfil to spend `spent`, except the elliptic curve: that is
 * handed back as checks, so that many can be verified at once and elsewhere.
 */
export function checkWitness(
  cache: SighashCache,
  index: number,
  spent: TxOutput,
): Result<SignatureCheck[], ScriptErrorCode> {
  const template = classifyScript(spent.scriptPubKey)
  if (template?.kind === 'p2wpkh') return checkKeyHash(cache, index, spent.value, template.program)
  // BIP141: the program is the hash of a script that this version cannot run yet
  if (template?.kind === 'p2wsh') return err('witness-script-unsupported')
  return err('output-script-unknown')
}

function checkKeyHash(
  cache: SighashCache,
  index: number,
  value: number,
  keyHash: Uint8Array,
): Result<SignatureCheck[], ScriptErrorCode> {
  const witness = cache.transaction.inputs[index]!.witness
  if (witness.length !== 2) return err('witness-stack-size-wrong')
  const [signatureItem, publicKey] = witness as [Uint8Array, Uint8Array]
  if (!equalBytes(hash160(publicKey), keyHash)) return err('witness-program-mismatch')
  if (publicKey.length !== 33 || (publicKey[0] !== 2 && publicKey[0] !== 3))
    return err('public-key-not-compressed')
  const hashType = signatureItem[signatureItem.length - 1]
  if (hashType === undefined) return err('signature-encoding-wrong')
  const signature = parseSignature(signatureItem.subarray(0, -1))
  if (!signature.ok) return signature
  if (!isKnownHashType(hashType)) return err('signature-hash-type-unknown')
  const digest = witnessSighash(cache, index, p2wpkhScriptCode(keyHash), value, hashType)
  return ok([{ kind: 'single', publicKey, digest, signature: signature.value }])
}
