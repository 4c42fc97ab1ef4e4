import { MAX_LOCATOR_HASHES } from '../../protocols/sync/protocol.ts'
import { errorMessage } from '../base/errors.ts'
import type { Chain, ChainEntry } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { PeerSessions } from './handshake.ts'
import { createHeaderIntake } from './sync-header-intake.ts'
import { createHeadersLater } from './sync-later.ts'
import type { SyncPeer, SyncPeers } from './sync-peers.ts'
import type { SyncProgress } from './sync-progress.ts'
import { blameForBlock } from './verdicts.ts'

/** How often a peer, chosen at random, is asked what it has: what gossip missed is found by this. */
export const PROBE_INTERVAL_MS = 10_000
const PROBE_JITTER_MS = 2_000

/** Questions for headers that wait for their answers at once, and how many of them go to peers who dialled us. */
const MAX_HEADER_REQUESTS = 4
const MAX_INBOUND_HEADER_REQUESTS = MAX_HEADER_REQUESTS - 1
/** Where an answer is not there after this, somebody else is asked as well; before, no header is fetched twice. */
const LATE_MS = 2_000

/** After a failure of our own disk. */
const FAILURE_PAUSE_MS = 1_000

/** What both halves of the sync, headers and blocks, work with. */
export interface SyncHalfDependencies {
  readonly chain: Chain
  readonly sessions: PeerSessions
  readonly peers: SyncPeers
  readonly progress: SyncProgress
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface HeaderSyncDependencies extends SyncHalfDependencies {
  /** the best header that can be had: what others should come after */
  readonly goal: () => ChainEntry
  /** no peer is worth asking */
  readonly onIdle: () => void
}

export interface HeaderSync {
  /** Asks the peer for what it has, soon, whatever it said before. */
  ask(peer: PeerId): void
  /** whether some peer is known or claims to have headers that we lack */
  isBehind(): boolean
  /** how much of the wanted work the best chain has shown that is looked at before it is stored; undefined without one */
  presyncPercent(): number | undefined
  /** Works until the signal aborts, and then rejects with its reason. */
  run(signal: AbortSignal): Promise<never>
}

/**
 * Finds the best header: the peers that may have more are asked in turn, the next one as soon as the one before has
 * answered or is late. So no header is fetched twice from peers that answer, and those that do not hold nobody up.
 * Chains that are looked at before they are stored go on beside that, each at its peer's pace.
 */
export function createHeaderSync(dependencies: HeaderSyncDependencies): HeaderSync {
  const { chain, goal, peers, clock, random, logger, onIdle } = dependencies
  let round = 0
  /** who is asked now, and since when (monotonic, milliseconds) we wait for the answer; undefined once it is there */
  const asking = new Map<SyncPeer, number | undefined>()
  const running = new Set<Promise<void>>()
  const presyncing = new Map<SyncPeer, Promise<void>>()
  const later = createHeadersLater(clock, () => {
    for (const peer of peers.list()) peer.headers.wanted = true
    peers.changed.ring()
  })
  const intake = createHeaderIntake({ ...dependencies, onTooNew: later.note })

  function mayHaveMore(peer: SyncPeer): boolean {
    const { more, exhausted } = peer.headers
    const { hash } = peer.session().tip
    return more || (hash !== exhausted && chain.entry(hash) === undefined)
  }

  const isPresynced = ({ headers: { presync } }: SyncPeer): boolean => presync !== undefined

  const isInbound = (peer: SyncPeer): boolean => peer.session().inbound

  /** Whether all who are asked are late. */
  const areLate = (): boolean =>
    [...asking.values()].every((since) => since !== undefined && clock.monotonic() - since >= LATE_MS)

  /**
   * Among the peers worth asking, one of those that were asked longest ago. Where others are late, those that we have
   * dialled come first: anybody can have any number of the others be late.
   */
  function choose(): SyncPeer | undefined {
    const worthAsking = peers
      .list()
      .filter((peer) => !peer.isResting() && !presyncing.has(peer) && !asking.has(peer))
      .filter((peer) => peer.headers.wanted || mayHaveMore(peer))
    const dialled = worthAsking.filter((peer) => !isInbound(peer))
    const inboundAsked = [...asking.keys()].filter(isInbound).length
    const isFull = inboundAsked >= MAX_INBOUND_HEADER_REQUESTS
    const open = isFull || (inboundAsked > 0 && dialled.length > 0) ? dialled : worthAsking
    const oldest = Math.min(...open.map((peer) => peer.headers.round))
    const first = open.filter((peer) => peer.headers.round === oldest)
    return first.length === 0 ? undefined : first[random.below(first.length)]
  }

  /** Our best header that can be had first, then the peer's own branch, in case that it is another one. */
  function locatorFor({ headers: { presync, last } }: SyncPeer): BlockHash[] {
    const best = goal()
    const locator = [
      ...new Set(
        presync === undefined
          ? [best.hash, ...chain.locator(last ?? best), chain.genesis.hash]
          : [presync.headers.last, ...chain.locator(presync.start)],
      ),
    ]
    return locator.length <= MAX_LOCATOR_HASHES
      ? locator
      : [...locator.slice(0, MAX_LOCATOR_HASHES - 1), chain.genesis.hash]
  }

  async function askOne(peer: SyncPeer, signal: AbortSignal): Promise<void> {
    peer.headers.round = round += 1
    peer.headers.wanted = false
    let answer: Awaited<ReturnType<typeof peer.headers.client.headers>>
    const cancelLate = clock.after(LATE_MS, peers.changed.ring)
    try {
      answer = await peer.headers.client.headers(locatorFor(peer), { signal: peer.gone })
    } catch (error) {
      return peers.failed(peer, error)
    } finally {
      cancelLate()
      if (asking.has(peer)) asking.set(peer, undefined)
    }
    if (signal.aborted || peer.gone.aborted) return
    if (!answer.ok) return peers.blame(peer, blameForBlock(answer.error), answer.error)
    try {
      await intake.take(peer, answer.value)
    } catch (error) {
      logger.error('headers not stored', { reason: errorMessage(error) })
      await clock.sleep(FAILURE_PAUSE_MS, signal)
    }
  }

  /** Asks beside those who are late already. */
  function begin(peer: SyncPeer, signal: AbortSignal): void {
    asking.set(peer, clock.monotonic())
    const done = askOne(peer, signal)
      // Only the end of the node ends it this way.
      .catch(() => {})
      .finally(() => {
        asking.delete(peer)
        running.delete(done)
        if (peer.headers.presync !== undefined) presyncBeside(peer, signal)
        peers.changed.ring()
      })
    running.add(done)
  }

  async function presync(peer: SyncPeer, signal: AbortSignal): Promise<void> {
    while (peer.headers.presync !== undefined && !peer.isResting() && !peer.gone.aborted && !signal.aborted)
      await askOne(peer, signal)
  }

  function presyncBeside(peer: SyncPeer, signal: AbortSignal): void {
    const done = presync(peer, signal)
      // Only the end of the node ends it this way.
      .catch(() => {})
      .finally(() => {
        presyncing.delete(peer)
        peers.changed.ring()
      })
    presyncing.set(peer, done)
  }

  function ask(id: PeerId): void {
    const peer = peers.get(id)
    if (peer === undefined) return
    peer.headers.wanted = true
    peers.changed.ring()
  }

  function probeLater(signal: AbortSignal): void {
    const cancel = clock.after(PROBE_INTERVAL_MS + random.below(PROBE_JITTER_MS), () => {
      signal.removeEventListener('abort', cancel)
      const all = peers.list()
      if (all.length > 0) ask(all[random.below(all.length)]!.peer)
      probeLater(signal)
    })
    signal.addEventListener('abort', cancel, { once: true })
  }

  return {
    ask,
    isBehind: () => peers.list().some((peer) => !peer.isResting() && !isPresynced(peer) && mayHaveMore(peer)),
    presyncPercent() {
      const runs = peers.list().flatMap(({ headers: { presync } }) => presync ?? [])
      if (runs.length === 0) return undefined
      // The second pass begins again with what has been shown to be enough.
      return Math.max(...runs.map(({ headers: { phase, percent } }) => (phase === 'first' ? percent : 100)))
    },
    async run(signal) {
      probeLater(signal)
      signal.addEventListener('abort', later.stop, { once: true })
      try {
        for (;;) {
          signal.throwIfAborted()
          const mayAsk = asking.size < MAX_HEADER_REQUESTS && areLate()
          const peer = mayAsk ? choose() : undefined
          if (peer === undefined) {
            if (asking.size === 0) onIdle()
            await peers.changed.wait(signal)
          } else begin(peer, signal)
        }
      } finally {
        await Promise.all([...running, ...presyncing.values()])
      }
    },
  }
}
