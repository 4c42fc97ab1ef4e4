import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import type { StoreRange } from '../../src/ports/store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { createOverlayStore, type StoreReader } from '../../src/storage/overlay-store.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 })
const write = fc.record({ key: bytes, value: fc.option(bytes, { nil: undefined }) })
const writes = fc.array(write, { maxLength: 20 })

async function list(store: StoreReader, range: StoreRange): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of store.entries(range)) found.push(`${toHex(key)}=${toHex(value)}`)
  return found
}

it('a store under an overlay says what it would say after the writes', async () => {
  const range = fc.record({
    gte: bytes,
    lt: bytes,
    reverse: fc.boolean(),
    limit: fc.option(fc.nat(5), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(
      writes,
      writes,
      range,
      fc.array(bytes),
      async (before, later, { limit, ...asked }, keys) => {
        const limited = limit === undefined ? asked : { ...asked, limit }
        const store = createMemoryStore()
        await store.batch(before)
        const overlay = createOverlayStore(store, later)
        const [listed, values] = [await list(overlay, limited), await overlay.getMany(keys)]
        await store.batch(later)
        expect(listed).toEqual(await list(store, limited))
        expect(values).toEqual(await store.getMany(keys))
      },
    ),
    { numRuns: 500 },
  )
})
