import { err, ok, type Result } from '../base/result.ts'
import { hash160, sha256 } from '../primitives/hash.ts'
import type { TxOutput } from '../primitives/transaction.ts'
import { runWitnessScript } from './interpreter.ts'
import { isCompressedKey } from './public-key.ts'
import { inputContext } from './script-context.ts'
import { p2wpkhSighash, type SighashCache } from './sighash.ts'
import type { SignatureCheck } from './signature-check.ts'
import { hashTypeOf, parseSignature } from './signature-encoding.ts'
import { isP2wpkh, isP2wsh } from './templates.ts'
import { RULES_ONLY, type ScriptErrorCode, type ScriptFault, type ScriptPolicy } from './verdict.ts'

/**
 * Everything that the witness of input `index` has to fulfil to spend `spent` (BIP141), except the elliptic curve: that
 * is handed back as checks, so that many can be verified at once and elsewhere. A failing check is `signature-invalid`.
 */
export function checkWitness(
  cache: SighashCache,
  index: number,
  spent: TxOutput,
): Result<SignatureCheck[], ScriptErrorCode>
/** The same, held to a policy besides. */
export function checkWitness(
  cache: SighashCache,
  index: number,
  spent: TxOutput,
  policy: ScriptPolicy,
): Result<SignatureCheck[], ScriptFault>
export function checkWitness(
  cache: SighashCache,
  index: number,
  spent: TxOutput,
  policy: ScriptPolicy = RULES_ONLY,
): Result<SignatureCheck[], ScriptFault> {
  if (isP2wpkh(spent.scriptPubKey)) return checkKeyHash(cache, index, spent)
  if (isP2wsh(spent.scriptPubKey)) return checkScriptHash(cache, index, spent, policy)
  return err('output-script-unknown')
}

/** Whether `hash` is the witness program of a version-0 output. */
function isProgramOf(scriptPubKey: Uint8Array, hash: Uint8Array): boolean {
  for (let i = 0; i < hash.length; i++) if (scriptPubKey[2 + i] !== hash[i]) return false
  return true
}

/** BIP141: runs `p2wpkhScriptCode` without an interpreter. This is what nearly every input of a block goes through. */
function checkKeyHash(
  cache: SighashCache,
  index: number,
  { value, scriptPubKey }: TxOutput,
): Result<SignatureCheck[], ScriptErrorCode> {
  const { witness } = cache.transaction.inputs[index]!
  if (witness.length !== 2) return err('witness-stack-size-wrong')
  const item = witness[0]!
  const publicKey = witness[1]!
  const keyHash = hash160(publicKey)
  if (!isProgramOf(scriptPubKey, keyHash)) return err('witness-program-mismatch')
  if (!isCompressedKey(publicKey)) return err('public-key-not-compressed')
  const signature = parseSignature(item)
  if (!signature.ok) return signature
  const digest = p2wpkhSighash(cache, index, keyHash, value, hashTypeOf(item))
  return ok([{ kind: 'single', publicKey, digest, signature: signature.value }])
}

/** BIP141: the last item is the script; those before it are its stack. */
function checkScriptHash(
  cache: SighashCache,
  index: number,
  { value, scriptPubKey }: TxOutput,
  policy: ScriptPolicy,
): Result<SignatureCheck[], ScriptFault> {
  const { witness } = cache.transaction.inputs[index]!
  const script = witness.at(-1)
  if (script === undefined) return err('witness-script-missing')
  if (!isProgramOf(scriptPubKey, sha256(script))) return err('witness-program-mismatch')
  return runWitnessScript(script, witness.slice(0, -1), inputContext(cache, index, value), policy)
}
