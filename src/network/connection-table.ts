import type { Connection } from '@libp2p/interface'
import type { Emitter } from '../base/emitter.ts'
import type { PeerConnection, PeerId, TransportEvents } from '../ports/transport.ts'

/**
 * Who is connected, one entry a peer: two nodes that dial each other at once have two connections, and the first of
 * them counts.
 */
export interface ConnectionTable {
  /** Returns the peer's entry where this is its first connection. */
  opened(connection: Connection): PeerConnection | undefined
  /** Returns the peer's entry as it was where this was its last connection. */
  closed(connection: Connection): PeerConnection | undefined
  peers(): readonly PeerConnection[]
  has(peer: PeerId): boolean
  /** open connections to the peer, the oldest first */
  of(peer: PeerId): readonly Connection[]
}

export const peerOf = (connection: Connection): PeerId => connection.remotePeer.toString() as PeerId

/** @param events - told when a peer's first connection opens and when its last one closes */
export function createConnectionTable(events: Emitter<TransportEvents>): ConnectionTable {
  const table = new Map<PeerId, Connection[]>()

  const describe = (peer: PeerId, first: Connection): PeerConnection => ({
    peer,
    inbound: first.direction === 'inbound',
    address: first.remoteAddr.toString(),
    since: first.timeline.open,
  })

  return {
    opened(connection) {
      // A connection may close before it is announced, and then its end is never announced.
      if (connection.status !== 'open') return undefined
      const peer = peerOf(connection)
      const others = table.get(peer)
      if (others !== undefined) {
        others.push(connection)
        return undefined
      }
      table.set(peer, [connection])
      const first = describe(peer, connection)
      events.emit('peerConnected', { peer, inbound: first.inbound, address: first.address })
      return first
    },
    closed(connection) {
      const peer = peerOf(connection)
      const open = table.get(peer)
      if (open === undefined || !open.includes(connection)) return undefined
      const left = open.filter((other) => other !== connection)
      if (left.length > 0) {
        table.set(peer, left)
        return undefined
      }
      table.delete(peer)
      events.emit('peerDisconnected', { peer })
      return describe(peer, connection)
    },
    peers: () => [...table].map(([peer, open]) => describe(peer, open[0]!)),
    has: (peer) => table.has(peer),
    of: (peer) => (table.get(peer) ?? []).filter(({ status }) => status === 'open'),
  }
}
