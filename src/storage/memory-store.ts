import { compareBytes, toHex } from '../base/bytes.ts'
import type { Store, StoreRange } from '../ports/store.ts'

/** A store in memory, with the same promises as the one on disk as long as the process lives. */
export function createMemoryStore(): Store {
  const entries = new Map<string, { key: Uint8Array; value: Uint8Array }>()
  let sorted: { key: Uint8Array; value: Uint8Array }[] | undefined
  const inOrder = () => {
    sorted ??= [...entries.values()].sort((a, b) => compareBytes(a.key, b.key))
    return sorted
  }
  return {
    async get(key) {
      return entries.get(toHex(key))?.value
    },
    async getMany(keys) {
      return keys.map((key) => entries.get(toHex(key))?.value)
    },
    async *entries({ gte, lt, reverse = false, limit }: StoreRange) {
      const within = inOrder().filter(({ key }) => compareBytes(key, gte) >= 0 && compareBytes(key, lt) < 0)
      if (reverse) within.reverse()
      for (const { key, value } of within.slice(0, limit)) yield [key, value] as const
    },
    async batch(writes) {
      sorted = undefined
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(toHex(key))
        else entries.set(toHex(key), { key: key.slice(), value: value.slice() })
      }
    },
    async close() {},
  }
}
