import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Node } from './libp2p-node.ts'
import type { PeerManager } from './peer-manager.ts'
import { followPeerStore } from './peer-store.ts'
import { createRandomWalk } from './random-walk.ts'

export interface DiscoveryDependencies {
  readonly node: Node
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly manager: PeerManager
}

/** Finds peers through libp2p and tells the manager of them, for one run of a node. */
export interface Discovery {
  /** Takes over the peers of earlier runs; to be awaited before the node starts. */
  prepare(): Promise<void>
  /** Walks the DHT until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createDiscovery({ node, clock, random, logger, manager }: DiscoveryDependencies): Discovery {
  const { dht } = node.services
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
      knownPeers: () => manager.knownCount,
      isContent: manager.isContent,
    })

  return {
    async prepare() {
      await followPeerStore(node, manager.learn)
      if (randomWalk !== undefined) node.addEventListener('peer:identify', randomWalk.poke)
    },
    async run(signal) {
      await randomWalk?.run(signal)
    },
  }
}
