import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import type { LevelStore } from '../../src/storage/level-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { createRecoveringStore } from '../../src/storage/recovering-store.ts'

const key = (number: number) => Uint8Array.of(number)
const write = (number: number) => [{ key: key(number), value: key(number) }]
const ALL = { gte: key(0), lt: key(255) }

/** A disk with one database on it, that refuses what it is told to refuse. */
function createDisk() {
  const records = createMemoryStore()
  const disk = {
    /** whether writes fail */
    full: false,
    /** why the database cannot be prepared, mended or opened */
    refusal: {} as { prepare?: string; mend?: string; open?: string; place?: string },
    /** what has happened to it, in order */
    events: [] as string[],
    /** resolves the next closing */
    closing: undefined as Promise<void> | undefined,
  }
  const attempt = async (step: keyof typeof disk.refusal): Promise<void> => {
    const code = disk.refusal[step]
    if (code !== undefined) throw new CairnError(code, `${step} refused`)
  }
  const open = async (): Promise<LevelStore> => {
    await attempt('open')
    disk.events.push('opened')
    let [failed, isOpen, written] = [false, true, 0]
    const whileOpen = <T>(value: T): T => {
      if (!isOpen) throw new Error('used while it is closed')
      return value
    }
    return {
      get: async (asked) => whileOpen(await records.get(asked)),
      getMany: async (asked) => whileOpen(await records.getMany(asked)),
      async *entries(range) {
        for await (const entry of records.entries(range)) yield whileOpen(entry)
      },
      async batch(writes) {
        if (disk.full) failed = true
        if (failed) throw new CairnError('disk-full', 'no room')
        await records.batch(whileOpen(writes))
        written += 1
      },
      async close() {
        await disk.closing
        isOpen = false
        disk.events.push('closed')
      },
      get failed() {
        return failed
      },
      get written() {
        return written
      },
    }
  }
  const create = async () =>
    createRecoveringStore(await open(), {
      open,
      prepare: () => attempt('prepare'),
      expectPlace: () => attempt('place'),
      async mend(written) {
        await attempt('mend')
        disk.events.push(`mended after ${written}`)
      },
    })
  return { disk, create }
}

/** A store whose disk was full a moment ago, after two writes. */
async function createFailed() {
  const { disk, create } = createDisk()
  const store = await create()
  await store.batch(write(1))
  await store.batch(write(2))
  disk.full = true
  await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'disk-full' })
  expect(store.failed).toBe(true)
  return { disk, store }
}

describe('a store after a failed write', () => {
  it('goes on with the next one once that can be done', async () => {
    const { disk, store } = await createFailed()
    disk.full = false
    await store.batch(write(3))
    expect(store.failed).toBe(false)
    expect(await store.getMany([1, 2, 3].map(key))).toEqual([1, 2, 3].map(key))
    expect(disk.events).toEqual(['opened', 'closed', 'mended after 2', 'opened'])
  })

  it('keeps what is open until then, and reads from it', async () => {
    const { disk, store } = await createFailed()
    disk.refusal = { prepare: 'disk-full' }
    for (let i = 0; i < 3; i++)
      await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'disk-full' })
    expect(await store.get(key(2))).toEqual(key(2))
    expect(disk.events).toEqual(['opened'])
  })

  it('may fail again', async () => {
    const { disk, store } = await createFailed()
    await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'disk-full' })
    expect(disk.events).toEqual(['opened', 'closed', 'mended after 2', 'opened'])
    disk.full = false
    await store.batch(write(3))
    expect(disk.events.slice(4)).toEqual(['closed', 'mended after 0', 'opened'])
  })

  it('lets reads wait while it is being opened again, and is opened once for all who write', async () => {
    const { disk, store } = await createFailed()
    disk.full = false
    const closing = Promise.withResolvers<void>()
    disk.closing = closing.promise
    const writes = [3, 4, 5].map((number) => store.batch(write(number)))
    for (let turn = 0; turn < 20; turn++) await null
    const read = store.get(key(3))
    let wasRead = false
    void read.then(() => {
      wasRead = true
    })
    for (let turn = 0; turn < 20; turn++) await null
    expect(wasRead).toBe(false)
    closing.resolve()
    await Promise.all(writes)
    await read
    expect(disk.events).toEqual(['opened', 'closed', 'mended after 2', 'opened'])
  })

  it('is not closed in the middle of a listing, in which others may be read', async () => {
    const { disk, store } = await createFailed()
    disk.full = false
    const listed: number[] = []
    let writing: Promise<void> | undefined
    for await (const [found] of store.entries(ALL)) {
      writing ??= store.batch(write(3))
      for (let turn = 0; turn < 20; turn++) await null
      expect(await store.get(found)).toEqual(found)
      listed.push(found[0]!)
    }
    await writing
    expect(listed).toEqual([1, 2])
    expect(await store.get(key(3))).toEqual(key(3))
  })

  it('that cannot be opened again says why to everybody, and is back as soon as it can', async () => {
    const { disk, store } = await createFailed()
    disk.full = false
    disk.refusal = { open: 'store-unreadable' }
    await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'store-unreadable' })
    await expect(store.get(key(1))).rejects.toMatchObject({ code: 'store-unreadable' })
    disk.refusal = {}
    expect(await store.get(key(1))).toEqual(key(1))
    await store.batch(write(3))
    expect(disk.events).toEqual(['opened', 'closed', 'mended after 2', 'opened'])
  })

  it('that turns out to be damaged gives no answer any more', async () => {
    const { disk, store } = await createFailed()
    disk.refusal = { mend: 'database-damaged' }
    await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'database-damaged' })
    await expect(store.get(key(1))).rejects.toMatchObject({ code: 'database-damaged' })
    await expect(store.getMany([key(1)])).rejects.toMatchObject({ code: 'database-damaged' })
    await expect(store.entries(ALL)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'database-damaged',
    })
    await store.close()
  })

  it('can be closed, and stays so', async () => {
    const { disk, store } = await createFailed()
    await store.close()
    disk.full = false
    await expect(store.batch(write(3))).rejects.toMatchObject({ code: 'store-failed' })
    expect(disk.events).toEqual(['opened', 'closed'])
  })
})

it('a write that is to last is refused where the database is not in its place any more', async () => {
  const { disk, create } = createDisk()
  const store = await create()
  disk.refusal = { place: 'store-failed' }
  await expect(store.batch(write(1), { sync: true })).rejects.toMatchObject({ code: 'store-failed' })
  expect(await store.get(key(1))).toBeUndefined()
  disk.refusal = {}
  await store.batch(write(1), { sync: true })
  expect(await store.get(key(1))).toEqual(key(1))
})
