import { type BlockHash, HASH_BYTES, type HashId, hashIdBytes, toHashId } from '../src/primitives/hash.ts'

/** A hash as it crosses the wire: the 32 bytes in the order in which they are hashed. */
export const encodeHash = (hash: HashId): Uint8Array => hashIdBytes(hash)

/** The hash of a field, or undefined where it is not 32 bytes. */
export const decodeHash = <T extends HashId = BlockHash>(field: Uint8Array): T | undefined =>
  field.length === HASH_BYTES ? toHashId<T>(field) : undefined

/** The hashes of a repeated field, or undefined where one of them is not 32 bytes. */
export function decodeHashes<T extends HashId = BlockHash>(fields: readonly Uint8Array[]): T[] | undefined {
  const hashes: T[] = []
  for (const field of fields) {
    const hash = decodeHash<T>(field)
    if (hash === undefined) return undefined
    hashes.push(hash)
  }
  return hashes
}
