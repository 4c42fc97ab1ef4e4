import type { EventSource } from '../base/emitter.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { ChainControl, ChainView } from './chain.ts'
import type { Mempool } from './mempool.ts'
import type { Miner } from './miner.ts'
import type { PeerControl, PeerStanding } from './peers.ts'
import type { PeerId, TopicCounts, TransportEvents } from './transport.ts'

/** What a peer said of itself in its hello. Nothing of it is proven. */
export interface PeerHello {
  /** printable ASCII */
  readonly userAgent: string
  readonly tip: BlockHash
  readonly height: number
  /** cumulative work of its tip */
  readonly work: bigint
}

export interface PeerView extends PeerStanding {
  /** gossipsub's, of the topics and of its faults */
  readonly gossipScore: number
  /** undefined until the peer has said hello */
  readonly hello: PeerHello | undefined
}

/** How far a node is in keeping up with its peers. */
export interface SyncStatus {
  /**
   * `presync` while headers are looked at before they are stored, since the chain known so far has less than the minimum
   * of work; `headers` while some peer has headers that we lack; `blocks` while blocks are missing that somebody may have.
   */
  readonly phase: 'idle' | 'presync' | 'headers' | 'blocks'
  /** of the connected tip */
  readonly height: number
  /** of the best header whose blocks can be had, as far as is known; that of the tip where it is the best */
  readonly bestHeight: number
  /** blocks up to there that are not connected yet */
  readonly blocksLeft: number
  /** blocks a second that the sync brought, over the last ten seconds */
  readonly blocksPerSecond: number
  /** at this rate; undefined where none is known, or nothing is left */
  readonly secondsLeft: number | undefined
  /** in the phase `presync`: how much of the wanted work the best of these chains has shown, from 0 to 100 */
  readonly presyncPercent: number | undefined
  /** peers that have said hello */
  readonly peers: number
}

/** A running node as its interfaces (HTTP API, commands, dashboard) see it. */
export interface NodeServices {
  /** program and version, as told to peers */
  readonly userAgent: string
  readonly peerId: PeerId
  /** Unix time in milliseconds */
  readonly startedAt: number
  /** which implementation verifies signatures */
  readonly signatureBackend: string
  /** which implementation computes hashes */
  readonly hashEngine: string
  readonly chain: ChainView & Pick<ChainControl, 'invalidate' | 'reconsider'>
  readonly mempool: Mempool
  readonly miner: Miner
  /** dialable multiaddrs of this node, with its peer id */
  addresses(): readonly string[]
  peers(): readonly PeerView[]
  readonly peerControl: PeerControl
  readonly peerEvents: EventSource<TransportEvents>
  /** how far it is in catching up with its peers */
  sync(): SyncStatus
  /** gossiped messages that were judged, by topic */
  gossipCounts(): ReadonlyMap<string, TopicCounts>
  /** bytes of the chain's database on disk */
  databaseBytes(): Promise<number>
  /** Asks every peer for what it has, whatever it has said of itself. */
  askPeers(): void
}
