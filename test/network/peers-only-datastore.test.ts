import { describe, expect, it } from 'vitest'
import { type Datastore, withoutDhtRecords } from '../../src/network/peers-only-datastore.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

type Key = Parameters<Datastore['put']>[0]
const keyOf = (text: string): Key => ({ toString: () => text }) as Key
const VALUE = Uint8Array.of(1)

describe('datastore without DHT records', () => {
  it('forgets what the DHT is asked to keep, and keeps the rest', async () => {
    const { datastore, close } = await openPeerDatabase(await temporaryDirectory())
    const store = withoutDhtRecords(datastore)
    const [record, peer] = [keyOf('/dht/provider/x/y'), keyOf('/peers/x')]
    await store.put(record, VALUE)
    await store.put(peer, VALUE)
    const batch = store.batch()
    batch.put(keyOf('/dht/record/z'), VALUE)
    batch.put(keyOf('/peers/z'), VALUE)
    await batch.commit()
    for await (const _ of store.putMany([
      { key: keyOf('/dht/w'), value: VALUE },
      { key: keyOf('/peers/w'), value: VALUE },
    ]));

    const keys: string[] = []
    for await (const { key } of store.query({ prefix: '/' })) keys.push(key.toString())
    expect(keys.sort()).toEqual(['/peers/w', '/peers/x', '/peers/z'])
    expect(await store.has(record)).toBe(false)
    expect([...(await store.get(peer))]).toEqual([...VALUE])
    await close()
  })
})
