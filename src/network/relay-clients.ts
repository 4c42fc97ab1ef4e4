import { createRelayClient, type RelayClient } from '../../protocols/relay/client.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { PeerSessions } from './handshake.ts'

export interface RelayClientsDependencies {
  readonly transport: Transport
  readonly clock: Clock
  readonly network: NetworkParameters
  readonly sessions: PeerSessions
}

/** One relay client for each peer that is asked, as long as it is there. */
export interface RelayClients {
  of(peer: PeerId): RelayClient
  start(): void
  stop(): void
}

export function createRelayClients(dependencies: RelayClientsDependencies): RelayClients {
  const clients = new Map<PeerId, RelayClient>()
  const stops: (() => void)[] = []

  function forget(peer: PeerId): void {
    clients.get(peer)?.close()
    clients.delete(peer)
  }

  return {
    of(peer) {
      const known = clients.get(peer)
      if (known !== undefined) return known
      const client = createRelayClient(dependencies, peer)
      // A peer that has gone meanwhile will not tell us so again.
      if (dependencies.sessions.get(peer) !== undefined) clients.set(peer, client)
      return client
    },
    start() {
      stops.push(dependencies.sessions.events.on('peerGone', ({ peer }) => forget(peer)))
    },
    stop() {
      for (const stop of stops.splice(0)) stop()
      for (const peer of [...clients.keys()]) forget(peer)
    },
  }
}
