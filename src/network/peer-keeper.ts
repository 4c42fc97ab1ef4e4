import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { withDeadline } from '../../protocols/deadline.ts'
import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'
import type { BackOff } from './back-off.ts'
import { type ConnectionTable, peerOf } from './connection-table.ts'
import type { KnownPeers } from './known-peers.ts'
import type { Node } from './libp2p-node.ts'
import type { PeerBook } from './peer-book.ts'

/** A connection that does not close in order within this is cut. */
const HANG_UP_TIMEOUT_MS = 1_000
/** A peer has this long to say what it speaks. */
const IDENTIFY_TIMEOUT_MS = 8_000

/** Takes peers in, and lets them go in the way that fits the reason. */
export interface PeerKeeper {
  /** Asks a new connection's peer what it speaks; one that is not of this network is let go. */
  welcome(node: Node, connection: Connection): Promise<void>
  /** A peer's last connection has closed. */
  left(was: PeerConnection): void
  /** Hangs up, and leaves the peer alone for a while. */
  letGo(peer: PeerId, reason: string): Promise<void>
  /** Hangs up, and has nothing to do with the peer until then (Unix milliseconds). */
  ban(peer: PeerId, until: number, reason: string): Promise<void>
}

export interface PeerKeeperDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly connections: ConnectionTable
  readonly book: PeerBook
  readonly backOff: BackOff
  readonly known: KnownPeers
  /** the running node */
  readonly node: () => Node | undefined
}

export function createPeerKeeper(dependencies: PeerKeeperDependencies): PeerKeeper {
  const { clock, logger, connections, book, backOff, known, node } = dependencies
  /** peers that we are hanging up on: their pause is set already */
  const lettingGo = new Set<PeerId>()

  async function hangUp(peer: PeerId): Promise<void> {
    const running = node()
    if (running === undefined || lettingGo.has(peer) || !connections.has(peer)) return
    lettingGo.add(peer)
    try {
      await withDeadline(clock, HANG_UP_TIMEOUT_MS, 'hang-up', undefined, (signal) =>
        running.hangUp(peerIdFromString(peer), { signal }),
      )
    } catch (error) {
      for (const connection of connections.of(peer)) connection.abort(error as Error)
    } finally {
      lettingGo.delete(peer)
    }
  }

  async function letGo(peer: PeerId, reason: string): Promise<void> {
    if (lettingGo.has(peer)) return
    logger.debug('peer let go', { peer, reason })
    backOff.letGo(peer)
    await hangUp(peer)
  }

  return {
    letGo,
    async welcome({ services }, connection) {
      const peer = peerOf(connection)
      try {
        const { agentVersion } = await withDeadline(
          clock,
          IDENTIFY_TIMEOUT_MS,
          'identify',
          undefined,
          (signal) => services.identify.identify(connection, { signal }),
        )
        logger.debug('peer identified', { peer, agent: agentVersion })
      } catch (error) {
        const isForeign = (error as Error).name === 'UnsupportedProtocolError'
        const hasHungUp = connection.status !== 'open'
        if (hasHungUp && connections.has(peer)) return
        await letGo(peer, isForeign ? 'of another network' : `not identified: ${errorMessage(error)}`)
        // A peer of another network may be quicker to find out.
        if (isForeign || (hasHungUp && !known.get(peer)?.proven)) known.forget(peer)
      }
    },
    left({ peer, since }) {
      if (!lettingGo.has(peer)) backOff.failed(peer, clock.now() - since)
    },
    async ban(peer, until, reason) {
      logger.info('peer banned', { peer, until, reason })
      try {
        // In force before the connection ends, so that the peer cannot come back in between.
        await Promise.all([book.ban({ peer, until, reason }), hangUp(peer)])
      } finally {
        known.forget(peer)
      }
    },
  }
}
