import { errorMessage } from '../../base/errors.ts'
import type { Datastore } from '../../network/peers-only-datastore.ts'
import type { Logger } from '../../ports/logger.ts'

/**
 * A datastore whose failed writes are told of and forgotten. libp2p writes down what it learns of a peer before it
 * opens a stream to it: on a full disk nobody could be talked to otherwise. What is not stored is learnt again.
 */
export function createForgivingDatastore(datastore: Datastore, path: string, logger: Logger): Datastore {
  let failing = false
  async function forgive<T>(otherwise: T, write: () => T | Promise<T>): Promise<T> {
    try {
      const done = await write()
      failing = false
      return done
    } catch (error) {
      if (!failing) logger.warn('peers not stored', { path, reason: errorMessage(error) })
      failing = true
      return otherwise
    }
  }
  return {
    has: (key, options) => datastore.has(key, options),
    get: (key, options) => datastore.get(key, options),
    getMany: (source, options) => datastore.getMany(source, options),
    query: (query, options) => datastore.query(query, options),
    queryKeys: (query, options) => datastore.queryKeys(query, options),
    put: (key, value, options) => forgive(key, () => datastore.put(key, value, options)),
    delete: (key, options) => forgive(undefined, () => datastore.delete(key, options)),
    async *putMany(source, options) {
      for await (const { key, value } of source)
        yield await forgive(key, () => datastore.put(key, value, options))
    },
    async *deleteMany(source, options) {
      for await (const key of source) {
        await forgive(undefined, () => datastore.delete(key, options))
        yield key
      }
    },
    batch() {
      const batch = datastore.batch()
      return {
        put: (key, value) => batch.put(key, value),
        delete: (key) => batch.delete(key),
        commit: (options) => forgive(undefined, () => batch.commit(options)),
      }
    },
  }
}
