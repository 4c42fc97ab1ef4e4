import { peerIdFromString } from '@libp2p/peer-id'
import { withDeadline } from '../../protocols/deadline.ts'
import { CairnError } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerId } from '../ports/transport.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Node } from './libp2p-node.ts'
import { addressOfPeer } from './named-peers.ts'
import type { PeerLinks } from './peer-links.ts'

/** A connection that does not close in order within this is cut. */
const HANG_UP_TIMEOUT_MS = 1_000

export interface Libp2pLinksDependencies {
  readonly clock: Clock
  readonly connections: ConnectionTable
  /** the running node */
  readonly node: () => Node | undefined
  readonly isBusy: (peer: PeerId) => boolean
}

/** Connections over libp2p. */
export function createLibp2pLinks(dependencies: Libp2pLinksDependencies): PeerLinks {
  const { clock, connections, node, isBusy } = dependencies
  return {
    async dial(peer, addresses, signal) {
      const running = node()
      if (running === undefined) throw new CairnError('not-started', 'the network has not been started')
      await running.dial(
        addresses.map((address) => addressOfPeer(address, peer)),
        { signal },
      )
    },
    async hangUp(peer) {
      const running = node()
      if (running === undefined) return
      try {
        await withDeadline(clock, HANG_UP_TIMEOUT_MS, 'hang-up', undefined, (signal) =>
          running.hangUp(peerIdFromString(peer), { signal }),
        )
      } catch (error) {
        for (const connection of connections.of(peer)) connection.abort(error as Error)
      }
    },
    connections: connections.peers,
    latencyMs: (peer) => connections.of(peer)[0]?.rtt,
    isBusy,
  }
}
