import { LevelDatastore } from 'datastore-level'
import { Level } from 'level'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Ban, BanRecords } from '../../network/peer-book.ts'
import type { Datastore } from '../../network/peers-only-datastore.ts'
import { SILENT_LOGGER } from '../../ports/logger.ts'
import type { PeerId } from '../../ports/transport.ts'
import { createForgivingDatastore } from './forgiving-datastore.ts'

/** What is kept of other peers: where they are, and which are banned. */
export interface PeerDatabase {
  readonly datastore: Datastore
  readonly bans: BanRecords
  close(): Promise<void>
}

/** libp2p's own keys begin with /peers. */
const BANS = '/cairn-bans/'
const BANS_END = '/cairn-bans0'

/**
 * Opens the folder's LevelDB, making it where it is missing. Failed writes of libp2p's go to the log and are forgotten.
 * @throws CairnError `peers-in-use` or `peers-damaged`, which name the folder
 */
export async function openPeerDatabase(path: string, logger = SILENT_LOGGER): Promise<PeerDatabase> {
  const level = new Level<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' })
  try {
    await level.open()
  } catch (error) {
    throw openError(path, error)
  }
  return {
    datastore: createForgivingDatastore(new LevelDatastore(level), path, logger),
    bans: banRecords(level, path),
    close: () => level.close(),
  }
}

function openError(path: string, error: unknown): CairnError {
  const cause = (error as Error).cause ?? error
  if (errorCode(cause) === 'LEVEL_LOCKED')
    return new CairnError('peers-in-use', `${path} is in use by another process`, { path }, error)
  const why = `cannot open ${path}: ${errorMessage(cause)}; removing it costs the bans, peers are found again`
  return new CairnError('peers-damaged', why, { path }, error)
}

function banRecords(level: Level<string, Uint8Array>, path: string): BanRecords {
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw new CairnError('peers-failed', `cannot use ${path}: ${errorMessage(error)}`, { path }, error)
    }
  }
  return {
    all: () =>
      attempt(async () => {
        const bans: Ban[] = []
        for await (const [key, value] of level.iterator({ gte: BANS, lt: BANS_END }))
          bans.push(...decodeBan(key.slice(BANS.length) as PeerId, value))
        return bans
      }),
    put: ({ peer, until, reason }) =>
      attempt(() => level.put(BANS + peer, new TextEncoder().encode(JSON.stringify({ until, reason })))),
    delete: (peer) => attempt(() => level.del(BANS + peer)),
  }
}

/** Nothing where the record is not one of ours: a peer too many is a lesser evil than a node that does not start. */
function decodeBan(peer: PeerId, value: Uint8Array): Ban[] {
  try {
    const { until, reason } = JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown>
    return typeof until === 'number' && typeof reason === 'string' ? [{ peer, until, reason }] : []
  } catch {
    return []
  }
}
