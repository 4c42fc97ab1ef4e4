import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BackOff } from './back-off.ts'
import type { ConnectionTable } from './connection-table.ts'
import { createDialLoop } from './dial-loop.ts'
import type { KnownPeers } from './known-peers.ts'
import type { Node } from './libp2p-node.ts'
import { addressOfPeer } from './named-peers.ts'
import { followPeerStore } from './peer-store.ts'
import { createRandomWalk } from './random-walk.ts'

export interface DiscoveryOptions {
  readonly targetOutbound: number
  readonly maxPeers: number
  /** peers that the user named, with their addresses */
  readonly named: ReadonlyMap<PeerId, readonly string[]>
  /** what the ids of the network's own protocols begin with */
  readonly protocolPrefix: string
}

export interface DiscoveryDependencies {
  readonly node: Node
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly known: KnownPeers
  readonly backOff: BackOff
  readonly connections: ConnectionTable
  readonly isBanned: (peer: PeerId) => boolean
  readonly isBusy: (peer: PeerId) => boolean
  readonly hangUp: (peer: PeerId) => void
}

/** Finds peers and keeps connections to as many of them as wanted, for one run of a node. */
export interface Discovery {
  /** Takes over the peers of earlier runs; to be awaited before the node starts. */
  prepare(): Promise<void>
  /** Dials and walks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createDiscovery(options: DiscoveryOptions, dependencies: DiscoveryDependencies): Discovery {
  const { targetOutbound, maxPeers, named, protocolPrefix } = options
  const { node, clock, random, logger, known, backOff, connections } = dependencies
  const { dht } = node.services

  const dialLoop = createDialLoop(
    { targetOutbound, maxPeers, named: [...named.keys()] },
    {
      ...dependencies,
      connections: connections.peers,
      async dial(peer, signal) {
        const addresses = [...(named.get(peer) ?? []), ...(known.get(peer)?.addresses ?? [])]
        await node.dial(
          addresses.map((address) => addressOfPeer(address, peer)),
          { signal },
        )
      },
    },
  )
  const randomWalk =
    dht &&
    createRandomWalk({
      clock,
      random,
      logger,
      async walk(key, signal) {
        // Whom the answers name enters the peer store by itself.
        for await (const _ of dht.getClosestPeers(key, { signal }));
      },
      knownPeers: () => known.size,
      isContent: () => connections.peers().filter(({ inbound }) => !inbound).length >= targetOutbound,
    })

  return {
    async prepare() {
      await followPeerStore(node, {
        known,
        protocolPrefix,
        isWelcome: backOff.mayDial,
        onNew: dialLoop.poke,
      })
      node.addEventListener('connection:close', dialLoop.poke)
      if (randomWalk !== undefined) node.addEventListener('peer:identify', randomWalk.poke)
    },
    async run(signal) {
      await Promise.all([dialLoop.run(signal), randomWalk?.run(signal)])
    },
  }
}
