import { MAX_HEADERS, MAX_LOCATOR_HASHES } from '../../protocols/sync/protocol.ts'
import { errorMessage } from '../base/errors.ts'
import { blameInBlock } from '../consensus/rules.ts'
import type { Chain, ChainEntry } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { PeerSessions } from './handshake.ts'
import type { SyncPeer, SyncPeers } from './sync-peers.ts'
import type { SyncProgress } from './sync-progress.ts'
import { blameForBlock } from './verdicts.ts'

/** How often a peer, chosen at random, is asked what it has: what gossip missed is found by this. */
export const PROBE_INTERVAL_MS = 10_000
const PROBE_JITTER_MS = 2_000

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
  /** no peer is worth asking */
  readonly onIdle: () => void
}

export interface HeaderSync {
  /** Asks the peer for what it has, soon, whatever it said before. */
  ask(peer: PeerId): void
  /** whether some peer is known or claims to have headers that we lack */
  isBehind(): boolean
  /** Works until the signal aborts, and then rejects with its reason. */
  run(signal: AbortSignal): Promise<never>
}

/**
 * Finds the best header: one request at a time, the peers that may have more in turn, so that none of them can hold
 * the others up for longer than an answer takes and no header is fetched twice.
 */
export function createHeaderSync(dependencies: HeaderSyncDependencies): HeaderSync {
  const { chain, sessions, peers, progress, clock, random, logger, onIdle } = dependencies
  let round = 0

  function mayHaveMore(peer: SyncPeer): boolean {
    const { more, exhausted } = peer.headers
    const { hash } = peer.session().tip
    return more || (hash !== exhausted && chain.entry(hash) === undefined)
  }

  /** Among the peers worth asking, one of those that were asked longest ago. */
  function choose(): SyncPeer | undefined {
    const open = peers
      .list()
      .filter((peer) => !peer.isResting() && (peer.headers.wanted || mayHaveMore(peer)))
    const oldest = Math.min(...open.map((peer) => peer.headers.round))
    const first = open.filter((peer) => peer.headers.round === oldest)
    return first.length === 0 ? undefined : first[random.below(first.length)]
  }

  /** Our best header first, then the peer's own branch, in case that it is another one. */
  function locatorFor(peer: SyncPeer): BlockHash[] {
    const best = chain.bestHeader()
    const hashes = new Set([best.hash, ...chain.locator(peer.headers.last ?? best), chain.genesis.hash])
    const locator = [...hashes]
    return locator.length <= MAX_LOCATOR_HASHES
      ? locator
      : [...locator.slice(0, MAX_LOCATOR_HASHES - 1), chain.genesis.hash]
  }

  async function take(peer: SyncPeer, headers: readonly BlockHeader[]): Promise<void> {
    const state = peer.headers
    if (headers.length === 0) {
      state.more = false
      state.exhausted = peer.session().tip.hash
      return
    }
    const before: ChainEntry | undefined = state.last
    const accepted = await chain.acceptHeaders(headers)
    if (!accepted.ok) {
      // The first header is linked to our own locator, so that an unknown parent is no excuse here.
      const blame = blameInBlock(accepted.error.code)
      return peers.blame(peer, blame === 'none' ? 'drop' : blame, accepted.error)
    }
    const { added, last } = accepted.value
    state.last = last
    // Whoever sends the same headers again and again is not listened to for ever.
    state.more = headers.length === MAX_HEADERS && (before === undefined || last.work > before.work)
    if (!state.more) state.exhausted = peer.session().tip.hash
    sessions.sawTip(peer.peer, last)
    progress.headers(added, peer.peer)
  }

  async function askOne(peer: SyncPeer, signal: AbortSignal): Promise<void> {
    peer.headers.round = round += 1
    peer.headers.wanted = false
    let answer: Awaited<ReturnType<typeof peer.headers.client.headers>>
    try {
      answer = await peer.headers.client.headers(locatorFor(peer), { signal: peer.gone })
    } catch (error) {
      return peers.failed(peer, error)
    }
    if (signal.aborted || peer.gone.aborted) return
    if (!answer.ok) return peers.blame(peer, blameForBlock(answer.error), answer.error)
    try {
      await take(peer, answer.value)
    } catch (error) {
      logger.error('headers not stored', { reason: errorMessage(error) })
      await clock.sleep(FAILURE_PAUSE_MS, signal)
    }
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
    isBehind: () => peers.list().some((peer) => !peer.isResting() && mayHaveMore(peer)),
    async run(signal) {
      probeLater(signal)
      for (;;) {
        signal.throwIfAborted()
        const peer = choose()
        if (peer === undefined) {
          onIdle()
          await peers.changed.wait(signal)
        } else await askOne(peer, signal)
      }
    },
  }
}
