import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import type { Brand } from '../base/brand.ts'

/** SHA-256 digest, 32 bytes. */
export type Digest = Uint8Array

/** A block's id: double SHA-256 of its header as Bitcoin shows it, reversed and in lower-case hex. */
export type BlockHash = Brand<string, 'BlockHash'>
/** A transaction's id: double SHA-256 without the witness, shown as Bitcoin shows it. */
export type Txid = Brand<string, 'Txid'>
/** BIP141: double SHA-256 with the witness, shown as Bitcoin shows it. */
export type Wtxid = Brand<string, 'Wtxid'>
/** The root of a block's txids, shown as Bitcoin shows it. */
export type MerkleRoot = Brand<string, 'MerkleRoot'>
/** Any of the four: 64 lower-case hex digits in display order. */
export type HashId = BlockHash | Txid | Wtxid | MerkleRoot

export const HASH_BYTES = 32

export const sha256 = (bytes: Uint8Array): Digest => nobleSha256(bytes)

/** Double SHA-256 (Bitcoin's hash) of the parts in a row. */
export function sha256d(...parts: readonly Uint8Array[]): Digest {
  if (parts.length === 1) return nobleSha256(nobleSha256(parts[0]!))
  const hasher = nobleSha256.create()
  for (const part of parts) hasher.update(part)
  return nobleSha256(hasher.digest())
}

/** RIPEMD-160 of SHA-256, 20 bytes: what a P2WPKH program holds of a public key (BIP141). */
export const hash160 = (bytes: Uint8Array): Uint8Array => ripemd160(nobleSha256(bytes))

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The display form of the 32 bytes of `digest` at `offset`: reversed, lower-case hex. */
export function toHashId<T extends HashId>(digest: Uint8Array, offset = 0): T {
  let hex = ''
  for (let i = HASH_BYTES - 1; i >= 0; i--) hex += HEX_OF_BYTE[digest[offset + i]!]
  return hex as T
}

const nibble = (code: number): number => (code < 58 ? code - 48 : code - 87)

/** Writes the 32 bytes that `id` shows into `out` at `offset`, in the order in which they are hashed. */
export function writeHashId(id: HashId, out: Uint8Array, offset = 0): void {
  for (let i = 0; i < HASH_BYTES; i++) {
    const at = 2 * (HASH_BYTES - 1 - i)
    out[offset + i] = (nibble(id.charCodeAt(at)) << 4) | nibble(id.charCodeAt(at + 1))
  }
}

/** The 32 bytes that `id` shows, in the order in which they are hashed and stored. */
export function hashIdBytes(id: HashId): Digest {
  const out = new Uint8Array(HASH_BYTES)
  writeHashId(id, out)
  return out
}

const HASH_ID = /^[0-9a-f]{64}$/

/** The id that a person or a program typed, or undefined where it is not 64 hex digits. */
export function parseHashId<T extends HashId>(text: string): T | undefined {
  const lower = text.toLowerCase()
  return HASH_ID.test(lower) ? (lower as T) : undefined
}

/** The all-zero id: the previous hash of genesis, the txid of a coinbase's prevout. */
export const ZERO_HASH = '0'.repeat(64) as BlockHash & Txid & Wtxid & MerkleRoot
