import type { Connection } from '@libp2p/interface'
import { withDeadline } from '../../protocols/deadline.ts'
import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type ConnectionTable, peerOf } from './connection-table.ts'
import type { Node } from './libp2p-node.ts'
import type { PeerManager } from './peer-manager.ts'

/** A peer has this long to say what it speaks. */
const IDENTIFY_TIMEOUT_MS = 8_000

export interface PeerWelcomeDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly connections: ConnectionTable
  readonly manager: PeerManager
}

/** Asks a new connection's peer what it speaks; one that is not of this network is let go. Never rejects. */
export async function welcomePeer(
  { services }: Node,
  connection: Connection,
  { clock, logger, connections, manager }: PeerWelcomeDependencies,
): Promise<void> {
  const peer = peerOf(connection)
  try {
    const { agentVersion } = await withDeadline(clock, IDENTIFY_TIMEOUT_MS, 'identify', undefined, (signal) =>
      services.identify.identify(connection, { signal }),
    )
    logger.debug('peer identified', { peer, agent: agentVersion })
    manager.identified(peer)
  } catch (error) {
    const isForeign = (error as Error).name === 'UnsupportedProtocolError'
    const hasHungUp = connection.status !== 'open'
    if (hasHungUp && connections.has(peer)) return
    await manager.disconnect(
      peer,
      isForeign ? 'of another network' : `not identified: ${errorMessage(error)}`,
    )
    // A peer of another network may be quicker to find out.
    if (isForeign || (hasHungUp && !manager.wasReached(peer))) manager.forget(peer)
  }
}
