import type { Libp2pOptions } from 'libp2p'

export type Datastore = NonNullable<Libp2pOptions['datastore']>

/** Under this prefix the DHT keeps what other peers ask it to keep. */
export const DHT_PREFIX = '/dht'

/**
 * The datastore without the DHT's records. Our DHT finds peers and nothing else, but anyone may send it provider and
 * value records to store, as many as the disk holds: they are taken and forgotten.
 */
export function withoutDhtRecords(datastore: Datastore): Datastore {
  const isRecord = (key: { toString(): string }): boolean => key.toString().startsWith(`${DHT_PREFIX}/`)
  return {
    has: (key, options) => datastore.has(key, options),
    get: (key, options) => datastore.get(key, options),
    getMany: (source, options) => datastore.getMany(source, options),
    delete: (key, options) => datastore.delete(key, options),
    deleteMany: (source, options) => datastore.deleteMany(source, options),
    query: (query, options) => datastore.query(query, options),
    queryKeys: (query, options) => datastore.queryKeys(query, options),
    put: (key, value, options) => (isRecord(key) ? key : datastore.put(key, value, options)),
    async *putMany(source, options) {
      for await (const pair of source) {
        if (!isRecord(pair.key)) await datastore.put(pair.key, pair.value, options)
        yield pair.key
      }
    },
    batch() {
      const batch = datastore.batch()
      return {
        put: (key, value) => {
          if (!isRecord(key)) batch.put(key, value)
        },
        delete: (key) => batch.delete(key),
        commit: (options) => batch.commit(options),
      }
    },
  }
}
