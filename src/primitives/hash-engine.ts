/** SHA-256 digest, 32 bytes. */
export type Digest = Uint8Array

export const HASH_BYTES = 32

/** Which bytes of a source make up a message: the start and the end of each range, in order. */
export type Ranges = readonly number[]

/** A way to compute the chain's hashes. All of it is synchronous and keeps no state. */
export interface HashEngine {
  readonly name: 'wasm-simd' | 'javascript'

  /** SHA-256 (FIPS 180-4) of the parts in a row, or with `twice` that of the digest: Bitcoin's hash. */
  digest(parts: readonly Uint8Array[], twice: boolean): Digest

  /**
   * The double digest of a source's bytes from `start` to `end`, put into `out` at `at`: for the many short messages of
   * a block, for which new arrays would cost more than their hashes.
   */
  digestInto(out: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void

  /** RIPEMD-160 of SHA-256, 20 bytes. */
  hash160(bytes: Uint8Array): Uint8Array

  /** The double digests of many messages whose bytes lie in `source`, 32 bytes each in their order. */
  digestMany(source: Uint8Array, messages: readonly Ranges[]): Uint8Array

  /** The double digests of the pairs of digests that `digests` is made of: half as many bytes. */
  digestPairs(digests: Uint8Array): Uint8Array
}
