import type { ConnectionGater } from '@libp2p/interface'
import type { PeerId } from '../ports/transport.ts'

export interface ConnectionGaterDependencies {
  readonly isBanned: (peer: PeerId) => boolean
  /** whether the peer's pause between dials is over */
  readonly mayDial: (peer: PeerId) => boolean
  readonly isConnected: (peer: PeerId) => boolean
  /** whether one more peer may connect to us, or we to it */
  readonly hasRoom: (direction: 'inbound' | 'outbound') => boolean
}

/**
 * Whom we talk to at all: a banned peer neither comes in (by its proven id, after encryption) nor is dialled. DHT
 * queries and libp2p's own reconnections dial as well, so pauses and limits are kept here and not only in the dial
 * loop.
 */
export function createConnectionGater(dependencies: ConnectionGaterDependencies): ConnectionGater {
  const { isBanned, mayDial, isConnected, hasRoom } = dependencies
  return {
    denyDialPeer(id) {
      const peer = id.toString() as PeerId
      return isBanned(peer) || !mayDial(peer) || (!isConnected(peer) && !hasRoom('outbound'))
    },
    // The default of a browser refuses plain WebSockets and private addresses, which is where test networks live.
    denyDialMultiaddr: () => false,
    denyInboundConnection: () => !hasRoom('inbound'),
    denyInboundEncryptedConnection(id) {
      const peer = id.toString() as PeerId
      return isBanned(peer) || (!isConnected(peer) && !hasRoom('inbound'))
    },
    denyOutboundEncryptedConnection: (id) => isBanned(id.toString() as PeerId),
  }
}
