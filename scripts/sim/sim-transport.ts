import { createPeerManager, type PeerManager } from '../../src/network/peer-manager.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { PeerConnection, PeerId, Transport } from '../../src/ports/transport.ts'
import type { Chance } from './chance.ts'
import type { GossipMessages } from './gossip-message.ts'
import type { PeerDisk } from './peer-disk.ts'
import { createSimGossip, type GossipMeter, type SimGossip } from './sim-gossip.ts'
import { createLinkHost, type LinkHost } from './sim-links.ts'
import { createSimStreams, type FrameMeter, type SimStreams } from './sim-streams.ts'
import { TRACE, type Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Socket, Wire } from './wire.ts'

/** As in the host: a peer that gossip has graylisted is refused for this long. */
const GRAYLIST_BAN_MS = 10 * 60_000
/** A node that wants more peers asks one of those that it has for addresses: at least and at most so often. */
const ASK_MS = [2_000, 8_000] as const
/** Otherwise so often. */
const ASK_CONTENT_MS = 60_000
/** Addresses in one answer, as many as a DHT query brings. */
const ADDRESSES_AN_ANSWER = 20
const ADDRESS_BYTES = 60

/** Where a peer is. */
export interface PlacedPeer {
  readonly peer: PeerId
  readonly address: string
}

/** What all nodes of a simulated network share. */
export interface SimMedium {
  readonly time: VirtualTime
  readonly wire: Wire
  readonly trace: Trace
  readonly messages: GossipMessages
  readonly gossipMeter: GossipMeter
  readonly frameMeter: FrameMeter
  /** the running transport behind an address */
  readonly at: (address: string) => SimTransport | undefined
  readonly of: (host: LinkHost) => SimTransport
  /** a number for a node's process */
  readonly nextProcess: () => number
  readonly banned: (by: number, peer: PeerId, reason: string) => void
}

export interface SimTransportOptions extends PlacedPeer {
  readonly index: number
  readonly socket: Socket
  readonly targetOutbound: number
  readonly maxPeers: number
  /** peers that are known from the start */
  readonly bootstrap: readonly PlacedPeer[]
  /** what the node tells those that ask for addresses; what it knows where that is left out */
  readonly tells?: () => readonly PlacedPeer[]
}

export interface SimTransport extends Transport {
  readonly host: LinkHost
  readonly gossip: SimGossip
  readonly streams: SimStreams
  readonly manager: PeerManager
  /** Dials and may be dialled from now on. */
  start(): Promise<void>
  /** addresses for a peer that asks */
  tell(): readonly PlacedPeer[]
  die(silent: boolean): void
}

export interface SimTransportDependencies {
  readonly clock: Clock
  readonly chance: Chance
  readonly logger: Logger
  readonly disk: PeerDisk
  readonly isTipStale: () => boolean
}

/** A node's place in the simulated network: the real peer management over virtual links, streams and gossip. */
export function createSimTransport(
  options: SimTransportOptions,
  medium: SimMedium,
  dependencies: SimTransportDependencies,
): SimTransport {
  const { peer: self, index, address, targetOutbound, maxPeers, bootstrap } = options
  const { time, wire, trace } = medium
  const { clock, chance, logger, disk } = dependencies
  const host = createLinkHost(
    { ...options, self },
    {
      time,
      wire,
      trace,
      now: clock.now,
      process: medium.nextProcess(),
      hostAt: (place) => medium.at(place)?.host,
    },
  )
  const manager = createPeerManager(
    { self, targetOutbound, maxPeers, named: new Map(), allow: [], deny: [] },
    {
      clock,
      random: chance.fork('peers'),
      logger,
      records: disk,
      links: host.links,
      isTipStale: dependencies.isTipStale,
      onReached(peer, reachedAt) {
        const addresses = manager.known().find((known) => known.peer === peer)?.addresses ?? []
        disk.book.set(peer, { addresses, reachedAt })
      },
      onForget: (peer) => void disk.book.delete(peer),
    },
  )
  const ban: Transport['ban'] = (peer, until, reason) => {
    trace.note(TRACE.ban, index, until | 0)
    medium.banned(index, peer, reason)
    return manager.ban(peer, until, reason)
  }
  const gossip = createSimGossip({
    ...medium,
    host,
    meter: medium.gossipMeter,
    chance: chance.fork('gossip'),
    faultScore: (peer) => manager.score(peer),
    gossipOf: (other) => medium.of(other).gossip,
    onGraylisted: (peer) => void ban(peer, clock.now() + GRAYLIST_BAN_MS, 'graylisted'),
  })
  const streams = createSimStreams({
    ...medium,
    host,
    meter: medium.frameMeter,
    streamsOf: (other) => medium.of(other).streams,
  })
  const asking = chance.fork('asking')
  const stopping = new AbortController()
  /** connections as they were when they closed */
  const open = new Map<PeerId, PeerConnection>()

  function askLater(): void {
    const [least, most] = ASK_MS
    const ms = manager.isContent() ? ASK_CONTENT_MS * (0.5 + asking.fraction()) : asking.between(least, most)
    time.after(ms, () => {
      if (!host.alive) return false
      ask()
      askLater()
      return true
    })
  }

  function ask(): void {
    const ends = [...host.ends.values()]
    if (ends.length === 0) {
      for (const { peer, address: place } of bootstrap) manager.learn(peer, { addresses: [place] })
      return
    }
    const { other, twin } = asking.pick(ends)
    wire.sendLoose(host.socket, other.socket, ADDRESS_BYTES, (lost) => {
      if (lost || !other.alive || !twin.open) return false
      const told = medium.of(other).tell()
      wire.sendLoose(other.socket, host.socket, told.length * ADDRESS_BYTES, (answerLost) => {
        if (answerLost || !host.alive) return false
        for (const { peer, address: place } of told)
          manager.learn(peer, { addresses: [place], source: other.self })
        return true
      })
      return false
    })
  }

  host.events.on('peerConnected', (event) => {
    const end = host.ends.get(event.peer)
    if (end === undefined) return
    open.set(event.peer, end.connection)
    gossip.joined(end)
    manager.opened(end.connection)
    // Identify: each side tells the other one where it can be dialled.
    manager.learn(event.peer, { addresses: [end.other.address], source: event.peer })
    manager.identified(event.peer)
  })
  host.events.on('peerDisconnected', ({ peer }) => {
    const connection = open.get(peer)
    open.delete(peer)
    gossip.left(peer)
    if (connection !== undefined) manager.closed(connection)
  })

  return {
    self,
    host,
    gossip,
    streams,
    manager,
    events: host.events,
    connections: host.links.connections,
    handle: streams.handle,
    open: streams.open,
    subscribe: gossip.subscribe,
    publish: gossip.publish,
    brought: manager.brought,
    async disconnect(peer, reason, fault) {
      const wasBanned = manager.isBanned(peer)
      await manager.disconnect(peer, reason, fault)
      if (!wasBanned && manager.isBanned(peer)) medium.banned(index, peer, reason)
    },
    ban,
    tell() {
      if (options.tells !== undefined) return options.tells()
      const known = manager.known()
      const told = Array.from({ length: Math.min(ADDRESSES_AN_ANSWER, known.length) }, () =>
        asking.pick(known),
      )
      return [
        { peer: self, address },
        ...told.map(({ peer, addresses }) => ({ peer, address: addresses[0]! })),
      ]
    },
    async start() {
      await manager.load()
      for (const [peer, { addresses, reachedAt }] of disk.book) manager.learn(peer, { addresses, reachedAt })
      for (const { peer, address: place } of bootstrap) manager.learn(peer, { addresses: [place] })
      host.listen((peer, from) => manager.admits('inbound', { peer, address: from }))
      gossip.start()
      askLater()
      void manager.run(stopping.signal)
    },
    die(silent) {
      host.die(silent)
    },
  }
}
