import type { Ban } from '../ports/peers.ts'
import type { PeerId } from '../ports/transport.ts'

/** Records of one kind, one a peer, that outlast the process. Failures are `CairnError`s. */
export interface RecordsOfPeers<T extends { readonly peer: PeerId }> {
  all(): Promise<readonly T[]>
  put(record: T): Promise<void>
  delete(peer: PeerId): Promise<void>
}

/** How far a peer's faults had taken its score down, at a time. */
export interface ScoreRecord {
  readonly peer: PeerId
  /** below 0 */
  readonly score: number
  /** Unix time in milliseconds */
  readonly at: number
}

/** A peer that is dialled first after a restart. */
export interface Anchor {
  readonly peer: PeerId
  /** multiaddrs; at least one */
  readonly addresses: readonly string[]
}

/** What is kept of peers besides their addresses. */
export interface PeerRecords {
  readonly bans: RecordsOfPeers<Ban>
  readonly scores: RecordsOfPeers<ScoreRecord>
  readonly anchors: RecordsOfPeers<Anchor>
}
