import { toHex } from '../base/bytes.ts'
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
  for (const { key, value } of writes) yield { key, value: value && seal(key, value) }
}

function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(value.length + CHECKSUM_BYTES)
  sealed.set(value)
  new DataView(sealed.buffer).setUint32(value.length, crc32(value, crc32(key)), true)
  return sealed
}

function open(key: Uint8Array, sealed: Uint8Array | undefined): Uint8Array | undefined {
  if (sealed === undefined) return undefined
  const length = sealed.length - CHECKSUM_BYTES
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const value = sealed.subarray(0, Math.max(length, 0))
  if (length < 0 || view.getUint32(length, true) !== crc32(value, crc32(key)))
    damaged('a checksum does not match', { key: toHex(key) })
  return value
}
