import { honestNodes } from './population.ts'
import type { World } from './world.ts'

/** The most that any honest node held at any sampling. */
export interface HeldMost {
  /** transactions that wait for a block, in virtual bytes */
  mempoolBytes: number
  /** headers on its disk beside those of the best one and its ancestors */
  sideHeaders: number
  /** gossip messages that it keeps for peers that may ask */
  gossipBytes: number
  /** streams that peers have open to it */
  streams: number
  /** bytes that it sent on streams and that peers have not taken */
  unreadBytes: number
  /** bytes that waited for its uplink or were under way */
  queuedBytes: number
  connections: number
  knownPeers: number
}

const SAMPLE_MS = 15_000

/** Looks at every honest node now and then until the end of the run. */
export function watchMemory(world: World): HeldMost {
  const most: HeldMost = {
    mempoolBytes: 0,
    sideHeaders: 0,
    gossipBytes: 0,
    streams: 0,
    unreadBytes: 0,
    queuedBytes: 0,
    connections: 0,
    knownPeers: 0,
  }
  const raise = (key: keyof HeldMost, value: number): void => {
    most[key] = Math.max(most[key], value)
  }
  function sample(): void {
    for (const node of honestNodes(world)) {
      const { chain, mempool, transport } = node.running()!
      raise('mempoolBytes', mempool.virtualBytes)
      raise('sideHeaders', node.disk.headers() - chain.bestHeader().height - 1)
      raise('gossipBytes', transport.gossip.cachedBytes())
      raise('streams', transport.streams.inbound())
      raise('unreadBytes', transport.streams.waitingBytes())
      raise('queuedBytes', transport.host.socket.mostQueued)
      raise('connections', transport.connections().length)
      raise('knownPeers', transport.manager.knownCount)
    }
    world.later(SAMPLE_MS, sample)
  }
  world.later(SAMPLE_MS, sample)
  return most
}
