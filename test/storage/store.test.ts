import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../../src/base/bytes.ts'
import type { Store, StoreWrite } from '../../src/ports/store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const stores: Record<string, () => Promise<Store>> = {
  'memory store': async () => createMemoryStore(),
  'level store': async () => openLevelStore(await temporaryDirectory()),
  'checked level store': async () => createCheckedStore(await openLevelStore(await temporaryDirectory())),
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const collect = async (store: Store, range: Parameters<Store['entries']>[0]) => {
  const found: string[] = []
  for await (const [key, value] of store.entries(range)) found.push(`${toHex(key)}=${toHex(value)}`)
  return found
}

describe.each(Object.entries(stores))('the contract of a store: %s', (_name, open) => {
  it('gives back what was put, and nothing for other keys', async () => {
    const store = await open()
    await store.batch([{ key: bytes(1), value: bytes(7, 8) }])
    expect(toHex((await store.get(bytes(1)))!)).toBe('0708')
    expect(await store.get(bytes(2))).toBeUndefined()
    const many = await store.getMany([bytes(2), bytes(1), bytes(2)])
    expect(many.map((value) => value && toHex(value))).toEqual([undefined, '0708', undefined])
    await store.close()
  })

  it('keeps empty values apart from missing ones', async () => {
    const store = await open()
    await store.batch([{ key: bytes(1), value: bytes() }])
    expect(await store.get(bytes(1))).toHaveLength(0)
    await store.close()
  })

  it('lists ranges in byte order, forwards and backwards, up to a limit', async () => {
    const store = await open()
    await store.batch([0, 255, 3, 1, 2].map((n) => ({ key: bytes(9, n), value: bytes(n) })))
    const range = { gte: bytes(9, 1), lt: bytes(9, 255) }
    expect(await collect(store, range)).toEqual(['0901=01', '0902=02', '0903=03'])
    expect(await collect(store, { ...range, reverse: true, limit: 2 })).toEqual(['0903=03', '0902=02'])
    await store.close()
  })

  it('agrees with a map after any batches', async () => {
    const write = fc.record({
      key: fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }),
      value: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 8 }), async (batches) => {
        const store = await open()
        const model = new Map<string, StoreWrite>()
        for (const batch of batches) {
          await store.batch(batch)
          for (const each of batch) model.set(toHex(each.key), each)
        }
        const wanted = [...model.values()]
          .filter(({ value }) => value !== undefined)
          .sort((a, b) => compareBytes(a.key, b.key))
          .map(({ key, value }) => `${toHex(key)}=${toHex(value!)}`)
        expect(await collect(store, { gte: bytes(), lt: bytes(255) })).toEqual(wanted)
        await store.close()
      }),
      { numRuns: 25 },
    )
  })
})

describe('level store', () => {
  it('refuses a folder that is open already, by name', async () => {
    const location = await temporaryDirectory()
    const store = await openLevelStore(location)
    await expect(openLevelStore(location)).rejects.toMatchObject({
      code: 'store-locked',
      details: { location },
    })
    await store.close()
  })

  it('says why it cannot open a folder', async () => {
    await expect(openLevelStore('/dev/null/store')).rejects.toMatchObject({ code: 'store-unreadable' })
  })

  it('keeps what was written over a close', async () => {
    const location = await temporaryDirectory()
    const first = await openLevelStore(location)
    await first.batch([{ key: bytes(1), value: bytes(2) }], { sync: true })
    await first.close()
    const second = await openLevelStore(location)
    expect(await second.get(bytes(1))).toEqual(new Uint8Array([2]))
    await second.close()
  })
})

describe('checked store', () => {
  it('detects every flipped bit of a value and of its checksum', async () => {
    const inner = createMemoryStore()
    const store = createCheckedStore(inner)
    await store.batch([{ key: bytes(1), value: bytes(10, 20, 30) }])
    const sealed = (await inner.get(bytes(1)))!
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = sealed.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      await inner.batch([{ key: bytes(1), value: flipped }])
      await expect(store.get(bytes(1))).rejects.toMatchObject({ code: 'record-damaged' })
    }
  })

  it('detects a value that stands under another key, and one that is cut short', async () => {
    const inner = createMemoryStore()
    const store = createCheckedStore(inner)
    await store.batch([{ key: bytes(1), value: bytes(10, 20, 30) }])
    const sealed = (await inner.get(bytes(1)))!
    await inner.batch([
      { key: bytes(2), value: sealed },
      { key: bytes(3), value: sealed.subarray(0, 3) },
    ])
    await expect(store.get(bytes(2))).rejects.toMatchObject({ code: 'record-damaged' })
    await expect(store.getMany([bytes(1), bytes(3)])).rejects.toMatchObject({ code: 'record-damaged' })
  })
})
