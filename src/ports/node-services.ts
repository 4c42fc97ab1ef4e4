import type { BlockHash } from '../primitives/hash.ts'
import type { ChainControl, ChainView } from './chain.ts'
import type { Mempool } from './mempool.ts'
import type { Miner } from './miner.ts'
import type { PeerConnection, PeerId } from './transport.ts'

/** What a peer said of itself in its hello. Nothing of it is proven. */
export interface PeerHello {
  /** printable ASCII */
  readonly userAgent: string
  readonly tip: BlockHash
  readonly height: number
  /** cumulative work of its tip */
  readonly work: bigint
}

export interface PeerView extends PeerConnection {
  /** undefined until the peer has said hello */
  readonly hello: PeerHello | undefined
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
  /** whether blocks or headers that peers have are still being fetched */
  syncing(): boolean
}
