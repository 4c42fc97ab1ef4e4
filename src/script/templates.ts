import { concatBytes } from '../base/bytes.ts'
import { putBytes } from '../base/little-endian.ts'
import { OP } from './opcodes.ts'

const KEY_HASH_BYTES = 20
const SCRIPT_HASH_BYTES = 32

/** BIP141 witness programs of version 0, and provably unspendable data. */
export type ScriptTemplate =
  | { readonly kind: 'p2wpkh'; readonly program: Uint8Array }
  | { readonly kind: 'p2wsh'; readonly program: Uint8Array }
  | { readonly kind: 'op-return' }

const isProgram = (scriptPubKey: Uint8Array, programBytes: number): boolean =>
  scriptPubKey.length === 2 + programBytes && scriptPubKey[0] === OP['0'] && scriptPubKey[1] === programBytes

/** BIP141: whether it pays to the hash of a key, which then begins at byte 2. */
export const isP2wpkh = (scriptPubKey: Uint8Array): boolean => isProgram(scriptPubKey, KEY_HASH_BYTES)

/** BIP141: whether it pays to the hash of a script, which then begins at byte 2. */
export const isP2wsh = (scriptPubKey: Uint8Array): boolean => isProgram(scriptPubKey, SCRIPT_HASH_BYTES)

/** Which of the network's kinds of output `scriptPubKey` is, or undefined where it is none of them. */
export function classifyScript(scriptPubKey: Uint8Array): ScriptTemplate | undefined {
  if (isP2wpkh(scriptPubKey)) return { kind: 'p2wpkh', program: scriptPubKey.subarray(2) }
  if (isP2wsh(scriptPubKey)) return { kind: 'p2wsh', program: scriptPubKey.subarray(2) }
  return isUnspendable(scriptPubKey) ? { kind: 'op-return' } : undefined
}

/** Whether an output with this script has a meaning on the network: what `classifyScript` tells apart. */
export const isKnownScript = (scriptPubKey: Uint8Array): boolean =>
  isP2wpkh(scriptPubKey) || isP2wsh(scriptPubKey) || isUnspendable(scriptPubKey)

/** Nothing can ever spend it, so it makes no coin. */
export const isUnspendable = (scriptPubKey: Uint8Array): boolean => scriptPubKey[0] === OP.RETURN

/** `OP_0 <20 bytes>` (BIP141); `keyHash` is HASH160 of a compressed public key. */
export function p2wpkhScript(keyHash: Uint8Array): Uint8Array {
  if (keyHash.length !== KEY_HASH_BYTES) throw new RangeError(`keyHash has ${keyHash.length} bytes, not 20`)
  return concatBytes(Uint8Array.of(OP['0'], KEY_HASH_BYTES), keyHash)
}

/** `OP_0 <32 bytes>` (BIP141); `scriptHash` is SHA-256 of the witness script. */
export function p2wshScript(scriptHash: Uint8Array): Uint8Array {
  if (scriptHash.length !== SCRIPT_HASH_BYTES)
    throw new RangeError(`scriptHash has ${scriptHash.length} bytes, not 32`)
  return concatBytes(Uint8Array.of(OP['0'], SCRIPT_HASH_BYTES), scriptHash)
}

export const P2WPKH_SCRIPT_CODE_BYTES = 5 + KEY_HASH_BYTES

/** BIP143: the script code that a P2WPKH input signs, `DUP HASH160 <20 bytes> EQUALVERIFY CHECKSIG`. */
export function p2wpkhScriptCode(keyHash: Uint8Array): Uint8Array {
  const code = new Uint8Array(P2WPKH_SCRIPT_CODE_BYTES)
  putP2wpkhScriptCode(code, 0, keyHash)
  return code
}

/** Writes `p2wpkhScriptCode` into `out` and returns where it ends. */
export function putP2wpkhScriptCode(out: Uint8Array, at: number, keyHash: Uint8Array): number {
  out[at] = OP.DUP
  out[at + 1] = OP.HASH160
  out[at + 2] = KEY_HASH_BYTES
  const end = putBytes(out, at + 3, keyHash)
  out[end] = OP.EQUALVERIFY
  out[end + 1] = OP.CHECKSIG
  return end + 2
}
