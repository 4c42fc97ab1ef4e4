import { join } from 'node:path'
import type { Platform, PlatformOptions } from '../platform.ts'
import { openChainDatabase } from './chain-database.ts'
import { chainFolders } from './chain-folders.ts'
import { systemClock } from './clock.ts'
import { makeFolder } from './durable-file.ts'
import { folderBytes } from './folder-bytes.ts'
import { loadOrCreateIdentity } from './identity.ts'
import { nodeMdns, nodeTransports } from './libp2p.ts'
import { createNonceSearch } from './nonce-search.ts'
import { openPeerDatabase } from './peer-datastore.ts'
import { readPreSharedKey } from './pre-shared-key.ts'
import { systemRandom } from './random.ts'
import { createRecordFile } from './record-file.ts'
import { createSignatures } from './signatures.ts'

/**
 * Opens what a node needs in Node: `chain/`, `peers/`, `identity.key` and `mempool.dat` in the data directory, made where missing.
 * Rejects as the first that cannot be opened; nothing is open then.
 */
export async function openPlatform({
  dataDirectory,
  threads,
  logger,
  privateKeyFile,
  signal,
}: PlatformOptions): Promise<Platform> {
  await using opened = new AsyncDisposableStack()
  const preSharedKey =
    privateKeyFile === undefined ? undefined : await readPreSharedKey(privateKeyFile, logger)
  await makeFolder(dataDirectory)
  const privateKey = await loadOrCreateIdentity(join(dataDirectory, 'identity.key'))
  const database = await openChainDatabase(dataDirectory, { logger, signal })
  opened.defer(() => database.close())
  const { datastore, records, close } = await openPeerDatabase(join(dataDirectory, 'peers'), logger)
  opened.defer(close)
  const signatures = await createSignatures()
  opened.defer(() => signatures.close())
  // While the rest of the node starts: the first block then finds them ready. Where it fails, the first block tells.
  void signatures.start().catch(() => {})
  const search = createNonceSearch({ threads })
  opened.defer(() => search.close())
  const closing = opened.move()
  return {
    clock: systemClock,
    random: systemRandom,
    store: database.store,
    lastShutdown: database.lastShutdown,
    databaseBytes: () => folderBytes(chainFolders(dataDirectory).current),
    mempoolFile: createRecordFile(join(dataDirectory, 'mempool.dat')),
    signatures,
    search,
    privateKey,
    preSharedKey,
    peers: datastore,
    peerRecords: records,
    transports: nodeTransports(),
    mdns: nodeMdns,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
