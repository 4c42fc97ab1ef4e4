import { isDeadline } from '../../protocols/deadline.ts'
import { RECENT_BLOCKS, SERVICE_BLOCKS, SERVICE_RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { createSyncClient, type SyncClient } from '../../protocols/sync/client.ts'
import { errorMessage } from '../base/errors.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Blame } from '../consensus/rules.ts'
import type { ChainEntry } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { type Bell, createBell } from './bell.ts'
import type { PeerSession, PeerSessions } from './handshake.ts'
import type { HeaderPresync } from './header-presync.ts'
import type { Fault, Penalties } from './verdicts.ts'

/** For so long a peer is not asked again that lacked what it was asked for, or whose stream broke. */
export const REST_MS = 10_000

/** What the search for headers remembers of a peer. */
export interface HeaderState {
  readonly client: SyncClient
  /** somebody wants to know what this peer has, whatever it said of its tip */
  wanted: boolean
  /** its last answer was full: there are more behind it */
  more: boolean
  /** the tip that it claimed when it had nothing more for us */
  exhausted: BlockHash | undefined
  /** the last header that it sent */
  last: ChainEntry | undefined
  /** the round in which it was asked last */
  round: number
  /** its chain is looked at twice, since what it has shown of it has too little work to be stored */
  presync: PresyncRun | undefined
  /** not before this (monotonic, milliseconds): its chain has been looked at and is not worth it */
  presyncAfter: number
}

/** A presync under way. */
export interface PresyncRun {
  readonly headers: HeaderPresync
  /** where its chain leaves ours */
  readonly start: ChainEntry
  /** monotonic, milliseconds */
  readonly since: number
}

/** A ready peer as the sync sees it. */
export interface SyncPeer {
  readonly peer: PeerId
  readonly headers: HeaderState
  /** another stream, so that a question about headers does not wait behind blocks */
  readonly blocks: SyncClient
  /** aborts when the peer is gone */
  readonly gone: AbortSignal
  readonly session: () => PeerSession
  readonly isResting: () => boolean
}

const ANY_BLOCKS = SERVICE_BLOCKS | SERVICE_RECENT_BLOCKS

/** Whether the peer says to serve blocks at all. */
export const servesBlocks = (peer: SyncPeer): boolean => (peer.session().hello.services & ANY_BLOCKS) !== 0n

/** Whether the peer says to keep blocks of this height: all of them, or only the last. */
export function keepsBlock(peer: SyncPeer, height: number): boolean {
  const { hello, tip } = peer.session()
  return (hello.services & SERVICE_BLOCKS) !== 0n || height > tip.height - RECENT_BLOCKS
}

export interface SyncPeers {
  /** rings when a peer comes, goes, or has rested */
  readonly changed: Bell
  list(): readonly SyncPeer[]
  get(peer: PeerId): SyncPeer | undefined
  /** Leaves the peer alone for a while. */
  rest(peer: SyncPeer): void
  /** Acts on what a peer did wrong, and leaves it alone until it is gone. */
  blame(peer: SyncPeer, blame: Blame, fault: Fault): void
  /** Deals with an exchange that was broken off: a peer that let a deadline pass is let go, another one rests. */
  failed(peer: SyncPeer, error: unknown): void
  start(): void
  stop(): void
}

export interface SyncPeersDependencies {
  readonly transport: Transport
  readonly sessions: PeerSessions
  readonly network: NetworkParameters
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

export function createSyncPeers(dependencies: SyncPeersDependencies): SyncPeers {
  const { transport, sessions, network, clock, logger, penalties } = dependencies
  const peers = new Map<PeerId, { readonly known: SyncPeer; readonly gone: AbortController }>()
  const resting = new Map<SyncPeer, () => void>()
  const changed = createBell()
  const stops: (() => void)[] = []

  function add(first: PeerSession): void {
    const { peer } = first
    const gone = new AbortController()
    const client = (): SyncClient => createSyncClient({ transport, clock, network }, peer)
    const headers: HeaderState = {
      client: client(),
      wanted: false,
      more: false,
      exhausted: undefined,
      last: undefined,
      round: 0,
      presync: undefined,
      presyncAfter: 0,
    }
    const known: SyncPeer = {
      peer,
      headers,
      blocks: client(),
      gone: gone.signal,
      session: () => sessions.get(peer) ?? first,
      isResting: () => resting.has(known),
    }
    peers.set(peer, { known, gone })
    changed.ring()
  }

  function remove(peer: PeerId): void {
    const found = peers.get(peer)
    if (found === undefined) return
    peers.delete(peer)
    wakeUp(found.known)
    found.gone.abort(new Error('peer gone'))
    found.known.headers.client.close()
    found.known.blocks.close()
    changed.ring()
  }

  function wakeUp(peer: SyncPeer): void {
    resting.get(peer)?.()
    resting.delete(peer)
  }

  function rest(peer: SyncPeer): void {
    if (peer.gone.aborted) return
    wakeUp(peer)
    const end = (): void => {
      resting.delete(peer)
      changed.ring()
    }
    resting.set(peer, clock.after(REST_MS, end))
  }

  return {
    changed,
    list: () => [...peers.values()].map(({ known }) => known),
    get: (peer) => peers.get(peer)?.known,
    rest,
    blame(peer, blame, fault) {
      rest(peer)
      penalties.punish(peer.peer, blame, fault)
    },
    failed(peer, error) {
      if (peer.gone.aborted) return
      rest(peer)
      if (isDeadline(error)) return penalties.drop(peer.peer, 'sync-timeout')
      logger.debug('sync exchange failed', { peer: peer.peer, reason: errorMessage(error) })
    },
    start() {
      stops.push(
        sessions.events.on('peerReady', add),
        sessions.events.on('peerGone', ({ peer }) => remove(peer)),
      )
      for (const session of sessions.list()) add(session)
    },
    stop() {
      for (const stop of stops.splice(0)) stop()
      for (const peer of [...peers.keys()]) remove(peer)
    },
  }
}
