import type { Brand } from '../base/brand.ts'
import { type Digest, HASH_BYTES, type HashEngine, type Ranges } from './hash-engine.ts'
import { createHashKernel } from './hash-kernel.ts'
import { nobleEngine } from './hash-noble.ts'

export { type Digest, HASH_BYTES } from './hash-engine.ts'

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

const engine: HashEngine = createHashKernel() ?? nobleEngine

/** What computes the hashes of this thread, for people. */
export const HASH_ENGINE: HashEngine['name'] = engine.name

export const sha256 = (bytes: Uint8Array): Digest => engine.digest([bytes], false)

/** Double SHA-256 (Bitcoin's hash) of the parts in a row. */
export const sha256d = (...parts: readonly Uint8Array[]): Digest => engine.digest(parts, true)

/** Double SHA-256 of a source's bytes from `start` to `end`, put into `out` at `at`; no array is made. */
export const sha256dInto = (
  out: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): void => engine.digestInto(out, at, source, start, end)

/** Double SHA-256 of many messages that lie in `source`: 32 bytes each, in their order. */
export const sha256dMany = (source: Uint8Array, messages: readonly Ranges[]): Uint8Array =>
  engine.digestMany(source, messages)

/** Double SHA-256 of each pair of the digests that are given one after the other: one level of a merkle tree. */
export const sha256dPairs = (digests: Uint8Array): Uint8Array => engine.digestPairs(digests)

/** RIPEMD-160 of SHA-256, 20 bytes: what a P2WPKH program holds of a public key (BIP141). */
export const hash160 = (bytes: Uint8Array): Uint8Array => engine.hash160(bytes)

const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef')

/** The two hex digits of each byte as they lie in memory. */
const DIGITS_OF_BYTE = new Uint16Array(
  Uint8Array.from({ length: 512 }, (_, i) => HEX_DIGITS[i % 2 === 0 ? i >> 5 : (i >> 1) & 15]!).buffer,
)

const decoder = new TextDecoder()
const idText = new Uint8Array(2 * HASH_BYTES)
const idDigits = new Uint16Array(idText.buffer)

/** The display form of the 32 bytes of `digest` at `offset`: reversed, lower-case hex. */
export function toHashId<T extends HashId>(digest: Uint8Array, offset = 0): T {
  for (let i = 0; i < HASH_BYTES; i++) idDigits[i] = DIGITS_OF_BYTE[digest[offset + HASH_BYTES - 1 - i]!]!
  // Joined from pieces, it would be put together anew each time that a map looks it up: five times as slow.
  return decoder.decode(idText) as T
}

/** The value of each hex digit by its character code. */
const NIBBLES = new Uint8Array(128)
for (const [value, code] of HEX_DIGITS.entries()) NIBBLES[code] = value

/** Writes the 32 bytes that `id` shows into `out` at `offset`, in the order in which they are hashed. */
export function writeHashId(id: HashId, out: Uint8Array, offset = 0): void {
  for (let i = 0; i < HASH_BYTES; i++) {
    const at = 2 * (HASH_BYTES - 1 - i)
    out[offset + i] = (NIBBLES[id.charCodeAt(at)]! << 4) | NIBBLES[id.charCodeAt(at + 1)]!
  }
}

/** The 32 bytes that `id` shows, in the order in which they are hashed and stored. */
export function hashIdBytes(id: HashId): Digest {
  const out = new Uint8Array(HASH_BYTES)
  writeHashId(id, out)
  return out
}

/** The bytes that the ids show, one after the other. */
export function hashIdsBytes(ids: readonly HashId[]): Uint8Array {
  const out = new Uint8Array(HASH_BYTES * ids.length)
  for (let index = 0; index < ids.length; index++) writeHashId(ids[index]!, out, HASH_BYTES * index)
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
