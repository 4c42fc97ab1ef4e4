import { concatBytes } from '../base/bytes.ts'

const OP_0 = 0x00
const OP_RETURN = 0x6a
const KEY_HASH_BYTES = 20
const SCRIPT_HASH_BYTES = 32

/** BIP141 witness programs of version 0, and provably unspendable data. */
export type ScriptTemplate =
  | { readonly kind: 'p2wpkh'; readonly program: Uint8Array }
  | { readonly kind: 'p2wsh'; readonly program: Uint8Array }
  | { readonly kind: 'op-return' }

/** Which of the network's kinds of output `scriptPubKey` is, or undefined where it is none of them. */
export function classifyScript(scriptPubKey: Uint8Array): ScriptTemplate | undefined {
  if (scriptPubKey[0] === OP_RETURN) return { kind: 'op-return' }
  if (scriptPubKey[0] !== OP_0) return undefined
  const program = scriptPubKey.subarray(2)
  if (scriptPubKey[1] !== program.length) return undefined
  if (program.length === KEY_HASH_BYTES) return { kind: 'p2wpkh', program }
  if (program.length === SCRIPT_HASH_BYTES) return { kind: 'p2wsh', program }
  return undefined
}

/** Nothing can ever spend it, so it makes no coin. */
export const isUnspendable = (scriptPubKey: Uint8Array): boolean => scriptPubKey[0] === OP_RETURN

/** `OP_0 <20 bytes>` (BIP141); `keyHash` is HASH160 of a compressed public key. */
export function p2wpkhScript(keyHash: Uint8Array): Uint8Array {
  if (keyHash.length !== KEY_HASH_BYTES) throw new RangeError(`keyHash has ${keyHash.length} bytes, not 20`)
  return concatBytes(Uint8Array.of(OP_0, KEY_HASH_BYTES), keyHash)
}

/** `OP_0 <32 bytes>` (BIP141); `scriptHash` is SHA-256 of the witness script. */
export function p2wshScript(scriptHash: Uint8Array): Uint8Array {
  if (scriptHash.length !== SCRIPT_HASH_BYTES)
    throw new RangeError(`scriptHash has ${scriptHash.length} bytes, not 32`)
  return concatBytes(Uint8Array.of(OP_0, SCRIPT_HASH_BYTES), scriptHash)
}

/** BIP143: the script code that a P2WPKH input signs, `DUP HASH160 <20 bytes> EQUALVERIFY CHECKSIG`. */
export const p2wpkhScriptCode = (keyHash: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(0x76, 0xa9, KEY_HASH_BYTES), keyHash, Uint8Array.of(0x88, 0xac))
