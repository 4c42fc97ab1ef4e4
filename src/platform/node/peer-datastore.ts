import { LevelDatastore } from 'datastore-level'
import { Level } from 'level'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Anchor, PeerRecords, RecordsOfPeers, ScoreRecord } from '../../network/peer-records.ts'
import type { Datastore } from '../../network/peers-only-datastore.ts'
import { SILENT_LOGGER } from '../../ports/logger.ts'
import type { Ban } from '../../ports/peers.ts'
import type { PeerId } from '../../ports/transport.ts'
import { createForgivingDatastore } from './forgiving-datastore.ts'

/** What is kept of other peers: where they are, which are banned, and how the others stand with us. */
export interface PeerDatabase {
  readonly datastore: Datastore
  readonly records: PeerRecords
  close(): Promise<void>
}

/** One kind of records; keys are its name and the peer's id. libp2p's own keys begin with /peers. */
interface Kind<T extends { readonly peer: PeerId }> {
  readonly name: string
  /** undefined where what was stored is no such record */
  decode(peer: PeerId, fields: Readonly<Record<string, unknown>>): T | undefined
}

const BANS: Kind<Ban> = {
  name: 'cairn-bans',
  decode: (peer, { until, reason }) =>
    typeof until === 'number' && typeof reason === 'string' ? { peer, until, reason } : undefined,
}

const SCORES: Kind<ScoreRecord> = {
  name: 'cairn-scores',
  decode: (peer, { score, at }) =>
    typeof score === 'number' && typeof at === 'number' ? { peer, score, at } : undefined,
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const ANCHORS: Kind<Anchor> = {
  name: 'cairn-anchors',
  decode: (peer, { addresses }) => (isTexts(addresses) ? { peer, addresses } : undefined),
}

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
    records: {
      bans: recordsOf(BANS, level, path),
      scores: recordsOf(SCORES, level, path),
      anchors: recordsOf(ANCHORS, level, path),
    },
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

function recordsOf<T extends { readonly peer: PeerId }>(
  kind: Kind<T>,
  level: Level<string, Uint8Array>,
  path: string,
): RecordsOfPeers<T> {
  const prefix = `/${kind.name}/`
  async function attempt<V>(work: () => Promise<V>): Promise<V> {
    try {
      return await work()
    } catch (error) {
      throw new CairnError('peers-failed', `cannot use ${path}: ${errorMessage(error)}`, { path }, error)
    }
  }
  return {
    all: () =>
      attempt(async () => {
        const records: T[] = []
        for await (const [key, value] of level.iterator({ gte: prefix, lt: `/${kind.name}0` })) {
          const record = decode(kind, key.slice(prefix.length) as PeerId, value)
          if (record !== undefined) records.push(record)
        }
        return records
      }),
    put: ({ peer, ...fields }) =>
      attempt(() => level.put(prefix + peer, new TextEncoder().encode(JSON.stringify(fields)))),
    delete: (peer) => attempt(() => level.del(prefix + peer)),
  }
}

/** Nothing where the record is not one of ours: a peer too many is a lesser evil than a node that does not start. */
function decode<T extends { readonly peer: PeerId }>(
  kind: Kind<T>,
  peer: PeerId,
  value: Uint8Array,
): T | undefined {
  try {
    return kind.decode(peer, JSON.parse(new TextDecoder().decode(value)))
  } catch {
    return undefined
  }
}
