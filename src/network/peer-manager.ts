import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerControl, PeerStanding } from '../ports/peers.ts'
import type { Random } from '../ports/random.ts'
import type { PeerConnection, PeerFault, PeerId, Transport } from '../ports/transport.ts'
import { type AccessOptions, createAccessList, type Party } from './access-list.ts'
import { createAnchors } from './anchors.ts'
import { createBackOff } from './back-off.ts'
import { createDialLoop } from './dial-loop.ts'
import { createExtraPeers } from './extra-peers.ts'
import { createFeelers } from './feelers.ts'
import { createInboundRoom } from './inbound-room.ts'
import { createKnownPeers, type KnownPeer, type PeerNews } from './known-peers.ts'
import { createPeerActivity } from './peer-activity.ts'
import { createPeerBook } from './peer-book.ts'
import { createPeerDialer } from './peer-dialer.ts'
import type { PeerLinks } from './peer-links.ts'
import type { PeerRecords } from './peer-records.ts'
import { createPeerScores } from './peer-scores.ts'

/** A peer whose faults have added up is refused for this long. */
const SCORE_BAN_MS = 3_600_000

export interface PeerManagerOptions extends AccessOptions {
  readonly self: PeerId
  /** outbound connections to keep; less than `maxPeers` */
  readonly targetOutbound: number
  /** connected peers at most, of which all but `targetOutbound` may have dialled us */
  readonly maxPeers: number
  /** peers that the user named, with their multiaddrs: dialled for ever */
  readonly named: ReadonlyMap<PeerId, readonly string[]>
}

export interface PeerManagerDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly records: PeerRecords
  readonly links: PeerLinks
  /** whether no new tip has come for longer than chance explains */
  readonly isTipStale: () => boolean
  /** We have reached a peer by dialling it: to be kept with its addresses. */
  readonly onReached: (peer: PeerId, at: number) => void
  /** A peer is not known any more: its addresses need not be kept. */
  readonly onForget: (peer: PeerId) => void
}

/** Decides everything about peers: who is dialled and when, who may come in, who stays, who is let go or refused. */
export interface PeerManager
  extends Pick<Transport, 'brought' | 'disconnect'>,
    Omit<PeerControl, 'dial' | 'disconnect'> {
  /** Reads what is kept of peers; to be awaited before any may connect. */
  load(): Promise<void>
  /** Dials until the signal aborts; resolves when every dial has ended and the anchors are on disk. */
  run(signal: AbortSignal): Promise<void>
  /** We have been told of a peer. */
  learn(peer: PeerId, news: PeerNews): void
  /** Forgets where the peer is. */
  forget(peer: PeerId): void
  /** whether we have ever reached the peer by dialling it */
  wasReached(peer: PeerId): boolean
  /** Whether the peer may be dialled now, by whomever. */
  mayDial(peer: PeerId): boolean
  /**
   * Whether the connection may be made, by what is known of the other end so far. Where every place is taken and the
   * peer that wants in is known, another one may be let go for it.
   */
  admits(direction: 'inbound' | 'outbound', party: Party): boolean
  /** A peer's first connection is open, or another one has taken its place. */
  opened(connection: PeerConnection): void
  /** The connected peer has shown that it is of our network. */
  identified(peer: PeerId): void
  /** A peer's last connection has closed. */
  closed(connection: PeerConnection): void
  /** The user wants a connection to the peer, whatever happened before: nothing ends it but its faults. */
  want(peer: PeerId): void
  /** The user has not got it, or wants it no more. */
  unwant(peer: PeerId): void
  isBanned(peer: PeerId): boolean
  /** at most 0: what the peer's faults have cost it */
  score(peer: PeerId): number
  peers(): readonly PeerStanding[]
  readonly knownCount: number
  known(): readonly KnownPeer[]
  /** whether as many outbound connections as wanted are there */
  isContent(): boolean
}

export function createPeerManager(
  options: PeerManagerOptions,
  dependencies: PeerManagerDependencies,
): PeerManager {
  const { self, named, maxPeers, targetOutbound } = options
  const { clock, random, logger, records, links, isTipStale } = dependencies
  const open = new Map<PeerId, PeerConnection>()
  /** peers that the user has asked for since the start, while they are connected */
  const wanted = new Set<PeerId>()
  /** peers that we are hanging up on: their pause is set already */
  const lettingGo = new Map<PeerId, Promise<void>>()
  const isNamed = (peer: PeerId): boolean => named.has(peer) || wanted.has(peer)

  const access = createAccessList(options)
  const book = createPeerBook({ records: records.bans, clock, logger })
  const scores = createPeerScores({ records: records.scores, clock, logger })
  const anchors = createAnchors({ records: records.anchors, logger })
  const backOff = createBackOff({ clock, random, isNamed: (peer) => named.has(peer) })
  const known = createKnownPeers({ random, onForget: dependencies.onForget })
  const activity = createPeerActivity(clock)

  const staying = (): PeerConnection[] => [...open.values()].filter(({ peer }) => !lettingGo.has(peer))
  /** asked of every known peer */
  const isWelcome = (peer: PeerId): boolean =>
    peer !== self &&
    !lettingGo.has(peer) &&
    !book.isBanned(peer) &&
    access.permits({ peer }) &&
    backOff.mayDial(peer)
  const addressesOf = (peer: PeerId): string[] =>
    [...new Set([...(named.get(peer) ?? []), ...(known.get(peer)?.addresses ?? [])])].filter((address) =>
      access.permits({ peer, address }),
    )

  const room = createInboundRoom(
    { maxPeers, maxInbound: maxPeers - targetOutbound },
    { random, activity, connections: staying, latencyMs: links.latencyMs, isNamed },
  )
  const dialer = createPeerDialer({ clock, logger, known, backOff, links, addressesOf, isNamed })
  const feelers = createFeelers({
    clock,
    random,
    known,
    dialer,
    mayDial: (peer) => !open.has(peer) && !dialer.dialing.has(peer) && !named.has(peer) && isWelcome(peer),
    isContent: () => dialLoop.isFull() && staying().length < maxPeers,
    isConnected: (peer) => open.get(peer)?.inbound === false,
    hangUp: (peer) => void hangUp(peer),
  })
  const dialLoop = createDialLoop(
    { targetOutbound, maxPeers, named: [...named.keys()] },
    {
      clock,
      random,
      known,
      backOff,
      anchors,
      dialer,
      addressesOf,
      mayDial: isWelcome,
      isNamed,
      extra: createExtraPeers({
        clock,
        random,
        logger,
        isTipStale,
        lastBlockAt: (peer) => activity.of(peer).lastBlockAt,
      }),
      connections: () => staying().filter(({ peer }) => !feelers.has(peer)),
      score: scores.of,
      isBusy: links.isBusy,
      hangUp: (peer, reason) => void letGo(peer, reason),
    },
  )

  function hangUp(peer: PeerId): Promise<void> {
    const under = lettingGo.get(peer)
    if (under !== undefined) return under
    if (!open.has(peer)) return Promise.resolve()
    const done = links.hangUp(peer).finally(() => lettingGo.delete(peer))
    lettingGo.set(peer, done)
    return done
  }

  async function letGo(peer: PeerId, reason: string): Promise<void> {
    if (lettingGo.has(peer)) return
    logger.debug('peer let go', { peer, reason })
    backOff.letGo(peer)
    await hangUp(peer)
  }

  async function ban(peer: PeerId, until: number, reason: string): Promise<void> {
    logger.info('peer banned', { peer, until, reason })
    anchors.drop(peer)
    try {
      // In force before the connection ends, so that the peer cannot come back in between.
      await Promise.all([book.ban({ peer, until, reason }), hangUp(peer)])
    } finally {
      known.forget(peer)
    }
  }

  async function disconnect(peer: PeerId, reason: string, fault?: PeerFault): Promise<void> {
    // A peer that the user named has been vouched for: it is let go, and may come back.
    if (fault !== undefined && scores.blame(peer, fault) && !named.has(peer))
      await ban(peer, clock.now() + SCORE_BAN_MS, reason)
    else await letGo(peer, reason)
  }

  function hasRoom(peer: PeerId | undefined): boolean {
    if ((peer !== undefined && open.has(peer)) || room.isFree()) return true
    const victim = room.victim()
    // Nobody goes for someone who has not shown yet who it is.
    if (victim !== undefined && peer !== undefined) void letGo(victim, 'made room')
    return victim !== undefined
  }

  return {
    async load() {
      await Promise.all([book.load(), scores.load()])
      for (const { peer, addresses } of await anchors.load()) known.update(peer, { addresses })
    },
    async run(signal) {
      await Promise.all([dialLoop.run(signal), feelers.run(signal)])
      await anchors.written()
    },
    learn(peer, news) {
      if (peer === self || !access.permits({ peer })) return
      if (known.get(peer) === undefined && !backOff.mayDial(peer)) return
      if (known.update(peer, news)) dialLoop.poke()
    },
    forget: known.forget,
    wasReached: (peer) => known.get(peer)?.reachedAt !== undefined,
    mayDial: (peer) => isWelcome(peer) && (open.has(peer) || staying().length < maxPeers),
    admits: (direction, party) =>
      access.permits(party) &&
      (party.peer === undefined || !book.isBanned(party.peer)) &&
      (direction === 'outbound' || hasRoom(party.peer)),
    opened(connection) {
      const { peer, inbound } = connection
      open.set(peer, connection)
      if (inbound && room.isOver()) void letGo(room.victim() ?? peer, 'no room')
      dialLoop.poke()
    },
    identified(peer) {
      if (open.get(peer)?.inbound !== false) return
      known.reached(peer, clock.now())
      dependencies.onReached(peer, clock.now())
      feelers.identified(peer)
    },
    closed({ peer, since }) {
      open.delete(peer)
      if (!lettingGo.has(peer)) backOff.failed(peer, clock.now() - since)
      activity.forget(peer)
      wanted.delete(peer)
      dialLoop.poke()
    },
    want(peer) {
      backOff.forget(peer)
      wanted.add(peer)
    },
    unwant: (peer) => void wanted.delete(peer),
    brought(peer, what) {
      if (open.has(peer)) activity.brought(peer, what)
    },
    disconnect,
    ban,
    isBanned: book.isBanned,
    bans: book.bans,
    async unban(peer) {
      scores.forgive(peer)
      backOff.forget(peer)
      return book.unban(peer)
    },
    score: scores.of,
    peers() {
      const safe = room.protectedPeers()
      return [...open.values()].map((connection) => {
        const { peer } = connection
        const { blocks, transactions } = activity.of(peer)
        return {
          ...connection,
          score: scores.of(peer),
          latencyMs: links.latencyMs(peer),
          blocks,
          transactions,
          isProtected: safe.has(peer),
          isAnchor: anchors.has(peer),
          isFeeler: feelers.has(peer),
        }
      })
    },
    get knownCount() {
      return known.size
    },
    known: () => [...known.all()],
    isContent: dialLoop.isFull,
  }
}
