import { compareBytes, toHex } from '../base/bytes.ts'
import type { Store, StoreRange, StoreWrite } from '../ports/store.ts'

/** What a store can be asked. */
export type StoreReader = Pick<Store, 'getMany' | 'entries'>

/** A store as it would be after some writes. What is under it must not change meanwhile. */
export function createOverlayStore(under: StoreReader, writes: Iterable<StoreWrite>): StoreReader {
  const byKey = new Map<string, StoreWrite>()
  for (const write of writes) byKey.set(toHex(write.key), write)
  const sorted = [...byKey.values()].sort((a, b) => compareBytes(a.key, b.key))

  async function* merged({ gte, lt, reverse = false }: StoreRange) {
    const over = sorted.filter(({ key }) => compareBytes(key, gte) >= 0 && compareBytes(key, lt) < 0)
    if (reverse) over.reverse()
    const order = (a: Uint8Array, b: Uint8Array): number =>
      reverse ? compareBytes(b, a) : compareBytes(a, b)
    let next = 0
    for await (const entry of under.entries({ gte, lt, reverse })) {
      for (; next < over.length && order(over[next]!.key, entry[0]) < 0; next++) yield over[next]!
      const isOver = next < over.length && order(over[next]!.key, entry[0]) === 0
      yield isOver ? over[next++]! : { key: entry[0], value: entry[1] }
    }
    for (; next < over.length; next++) yield over[next]!
  }

  return {
    async getMany(keys) {
      const values = await under.getMany(keys)
      return values.map((value, i) => {
        const write = byKey.get(toHex(keys[i]!))
        return write === undefined ? value : write.value
      })
    },
    async *entries({ limit = Number.POSITIVE_INFINITY, ...range }) {
      let left = limit
      for await (const { key, value } of merged(range)) {
        if (value === undefined) continue
        if (left-- <= 0) return
        yield [key, value] as const
      }
    },
  }
}
