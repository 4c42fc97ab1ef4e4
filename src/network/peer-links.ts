import type { PeerConnection, PeerId } from '../ports/transport.ts'

/** What carries connections: libp2p in a node, virtual in a simulation. */
export interface PeerLinks {
  /** Connects to the peer at one of the multiaddrs; rejects where that fails or the signal aborts. */
  dial(peer: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void>
  /** Ends every connection to the peer, at the latest after a second; never rejects. */
  hangUp(peer: PeerId): Promise<void>
  /** one entry a peer */
  connections(): readonly PeerConnection[]
  /** the last round trip that was measured */
  latencyMs(peer: PeerId): number | undefined
  /** whether the peer's connection carries more than upkeep */
  isBusy(peer: PeerId): boolean
}
