import { toHex } from '../base/bytes.ts'
import { getU32, putBytes, putU32 } from '../base/little-endian.ts'
import { type Allocate, slabAllocator } from '../base/slab.ts'
import type { Store, StoreWrite } from '../ports/store.ts'
import { crc32 } from './crc32.ts'
import { damaged } from './damage.ts'

const CHECKSUM_BYTES = 4

/**
 * Puts a checksum over key and value behind every value, and refuses to hand out one that does not match: LevelDB by
 * itself returns flipped bits as data.
 * @throws CairnError `record-damaged` from every read that meets one
 */
export function createCheckedStore(store: Store): Store {
  return {
    async get(key) {
      return open(key, await store.get(key))
    },
    async getMany(keys) {
      const values = await store.getMany(keys)
      return values.map((value, i) => open(keys[i]!, value))
    },
    async *entries(range) {
      for await (const [key, value] of store.entries(range)) yield [key, open(key, value)!] as const
    },
    batch: (writes, options) => store.batch(sealed(writes), options),
    close: () => store.close(),
  }
}

function* sealed(writes: Iterable<StoreWrite>): Iterable<StoreWrite> {
  const allocate = slabAllocator()
  for (const { key, value } of writes) yield { key, value: value && seal(key, value, allocate) }
}

function seal(key: Uint8Array, value: Uint8Array, allocate: Allocate): Uint8Array {
  const sealed = allocate(value.length + CHECKSUM_BYTES)
  putU32(sealed, putBytes(sealed, 0, value), crc32(value, crc32(key)))
  return sealed
}

function open(key: Uint8Array, sealed: Uint8Array | undefined): Uint8Array | undefined {
  if (sealed === undefined) return undefined
  return unseal(key, sealed) ?? damaged('a checksum does not match', { key: toHex(key) })
}

/** The value before the checksum, or undefined where that does not match. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - CHECKSUM_BYTES
  if (length < 0) return undefined
  const value = sealed.subarray(0, length)
  return getU32(sealed, length) === crc32(value, crc32(key)) ? value : undefined
}
