import { type BlockHash, HASH_BYTES, hashIdBytes, toHashId } from '../src/primitives/hash.ts'

/** A block hash as it crosses the wire: the 32 bytes in the order in which they are hashed. */
export const encodeHash = (hash: BlockHash): Uint8Array => hashIdBytes(hash)

/** The hash of a field, or undefined where it is not 32 bytes. */
export const decodeHash = (field: Uint8Array): BlockHash | undefined =>
  field.length === HASH_BYTES ? toHashId<BlockHash>(field) : undefined

/** The hashes of a repeated field, or undefined where one of them is not 32 bytes. */
export function decodeHashes(fields: readonly Uint8Array[]): BlockHash[] | undefined {
  const hashes: BlockHash[] = []
  for (const field of fields) {
    const hash = decodeHash(field)
    if (hash === undefined) return undefined
    hashes.push(hash)
  }
  return hashes
}
