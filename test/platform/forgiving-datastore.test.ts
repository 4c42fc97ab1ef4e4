import { describe, expect, it } from 'vitest'
import type { Datastore } from '../../src/network/peers-only-datastore.ts'
import { createForgivingDatastore } from '../../src/platform/node/forgiving-datastore.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

type Key = Parameters<Datastore['put']>[0]
const keyOf = (text: string): Key => ({ toString: () => text }) as Key
const VALUE = Uint8Array.of(1)

/** A datastore on disk whose writes can be made to fail. */
async function createFailing() {
  const { datastore, close } = await openPeerDatabase(await temporaryDirectory())
  const disk = { isFull: false }
  const attempt = <T>(write: () => T): T => {
    if (disk.isFull) throw new Error('no space left')
    return write()
  }
  const failing: Datastore = {
    has: (key) => datastore.has(key),
    get: (key) => datastore.get(key),
    getMany: (keys) => datastore.getMany(keys),
    query: (query) => datastore.query(query),
    queryKeys: (query) => datastore.queryKeys(query),
    put: (key, value) => attempt(() => datastore.put(key, value)),
    delete: (key) => attempt(() => datastore.delete(key)),
    putMany: (pairs) => datastore.putMany(pairs),
    deleteMany: (keys) => datastore.deleteMany(keys),
    batch() {
      const batch = datastore.batch()
      return {
        put: (key, value) => batch.put(key, value),
        delete: (key) => batch.delete(key),
        commit: () => attempt(() => batch.commit()),
      }
    },
  }
  const { logger, lines } = createRecordingLogger()
  return { disk, lines, close, store: createForgivingDatastore(failing, '/peers', logger) }
}

describe('a datastore of peers on a full disk', () => {
  it('forgets what it cannot store, keeps what it has, and says so once', async () => {
    const { disk, lines, store, close } = await createFailing()
    await store.put(keyOf('/a'), VALUE)
    disk.isFull = true
    const [b, c] = [keyOf('/b'), keyOf('/c')]
    expect(await store.put(b, VALUE)).toBe(b)
    await store.delete(keyOf('/a'))
    for await (const key of store.putMany([{ key: c, value: VALUE }])) expect(key).toBe(c)
    for await (const key of store.deleteMany([keyOf('/a')])) expect(key.toString()).toBe('/a')
    const batch = store.batch()
    batch.put(c, VALUE)
    await batch.commit()
    expect([...(await store.get(keyOf('/a')))]).toEqual([...VALUE])
    expect(await Promise.all([store.has(b), store.has(c)])).toEqual([false, false])
    expect(lines).toMatchObject([
      { level: 'warn', phrase: 'peers not stored', fields: { path: '/peers', reason: 'no space left' } },
    ])
    await close()
  })

  it('stores again when it can, and says so again when it cannot', async () => {
    const { disk, lines, store, close } = await createFailing()
    disk.isFull = true
    await store.put(keyOf('/a'), VALUE)
    disk.isFull = false
    await store.put(keyOf('/a'), VALUE)
    expect(await store.has(keyOf('/a'))).toBe(true)
    disk.isFull = true
    await store.delete(keyOf('/a'))
    expect(lines).toHaveLength(2)
    await close()
  })
})
