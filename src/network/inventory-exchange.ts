import { withDeadline } from '../../protocols/deadline.ts'
import { MAX_TRANSACTIONS_ASKED } from '../../protocols/relay/protocol.ts'
import { errorMessage } from '../base/errors.ts'
import type { ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool } from '../ports/mempool.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { Wtxid } from '../primitives/hash.ts'
import type { PeerSessions } from './handshake.ts'
import type { OrphanParents } from './orphan-parents.ts'
import type { TransactionFetch } from './transaction-fetch.ts'
import type { Intake, TransactionIntake } from './transaction-intake.ts'

/** Peers that are being asked at once. */
const MAX_EXCHANGES = 2
/** Bytes of transactions that came from a peer and are being judged; then it waits. */
const MAX_JUDGED_BYTES = 250_000
/** An exchange ends when so many answers more have been of no use than were taken. */
const MAX_USELESS = 500
/** An exchange ends after this, for others to have its place: what is left comes with another one. */
export const MAX_EXCHANGE_MS = 3 * 60_000
/** While our chain is behind, what is pending elsewhere cannot be judged: look again after this. */
const BEHIND_RETRY_MS = 2_000
/** How often, on average, some peer is asked again: what gossip has missed comes this way. */
const HEAL_INTERVAL_MS = 120_000

export interface InventoryExchangeDependencies {
  readonly sessions: PeerSessions
  readonly chain: ChainView
  readonly mempool: Mempool
  readonly intake: TransactionIntake
  readonly parents: OrphanParents
  readonly fetch: TransactionFetch
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** whether blocks or headers are still being fetched */
  readonly isBehind: () => boolean
}

/**
 * Fills the mempool with what is pending at peers: at each new one when our chain is up to date, and at any one now and
 * then. What comes this way is not flooded again.
 */
export interface InventoryExchange {
  start(): void
  stop(): Promise<void>
}

export function createInventoryExchange(dependencies: InventoryExchangeDependencies): InventoryExchange {
  const { sessions, chain, mempool, intake, parents, fetch, clock, random, logger, isBehind } = dependencies
  /** peers that are to be asked */
  const due = new Set<PeerId>()
  const running = new Map<PeerId, Promise<void>>()
  const stops: (() => void)[] = []
  let cancelRetry: (() => void) | undefined
  let cancelHeal: (() => void) | undefined
  let stopped = false

  async function exchange(peer: PeerId, signal: AbortSignal): Promise<void> {
    const listed = await fetch.inventory(peer, mempool.minFeeRate())
    await askForParents(peer, listed)
    const wanted = listed.filter((wtxid) => !intake.isKnown(wtxid))
    let taken = 0
    let useless = 0
    for (let at = 0; at < wanted.length && !stopped && !signal.aborted; at += MAX_TRANSACTIONS_ASKED) {
      // Some of them may have come on the topic meanwhile.
      const batch = wanted.slice(at, at + MAX_TRANSACTIONS_ASKED).filter((wtxid) => !intake.isKnown(wtxid))
      const came = await fetchBatch(peer, batch, signal)
      taken += came
      useless += batch.length - came
      if (useless > taken + MAX_USELESS) break
    }
    logger.debug('inventory exchanged', { peer, listed: listed.length, wanted: wanted.length, taken })
  }

  /** Whoever has what is an orphan here has its parents. */
  async function askForParents(peer: PeerId, listed: readonly Wtxid[]): Promise<void> {
    for (const wtxid of listed) {
      const orphan = intake.orphans.get(wtxid)
      if (orphan === undefined) continue
      await intake.take(orphan.transaction, peer)
      parents.want(wtxid)
    }
  }

  /** How many of them were taken, or will be when their parents come. */
  async function fetchBatch(peer: PeerId, wtxids: readonly Wtxid[], signal: AbortSignal): Promise<number> {
    let useful = 0
    let bytes = 0
    let judged: Promise<void>[] = []
    const conclude = ({ kind }: Intake, wtxid: Wtxid): void => {
      if (kind === 'orphan') parents.want(wtxid)
      if (kind !== 'refused' && kind !== 'skipped') useful += 1
    }
    for await (const tx of fetch.transactions(peer, { wtxids }, { signal })) {
      judged.push(intake.take(tx, peer).then((result) => conclude(result, tx.wtxid)))
      bytes += tx.bytes.length
      if (bytes < MAX_JUDGED_BYTES) continue
      await Promise.all(judged)
      judged = []
      bytes = 0
    }
    await Promise.all(judged)
    return useful
  }

  function pump(): void {
    for (const peer of due) {
      if (stopped || running.size >= MAX_EXCHANGES) return
      if (isBehind()) {
        retryLater()
        return
      }
      due.delete(peer)
      if (running.has(peer)) continue
      const done = withDeadline(clock, MAX_EXCHANGE_MS, 'end of an exchange', undefined, (signal) =>
        exchange(peer, signal),
      )
        .catch((error: unknown) => logger.error('inventory not exchanged', { reason: errorMessage(error) }))
        .finally(() => {
          running.delete(peer)
          pump()
        })
      running.set(peer, done)
    }
  }

  function retryLater(): void {
    cancelRetry ??= clock.after(BEHIND_RETRY_MS, () => {
      cancelRetry = undefined
      pump()
    })
  }

  /** Half of the pause by chance, so that a network does not do it all at once. */
  function healLater(): void {
    const pause = HEAL_INTERVAL_MS / 2 + random.below(HEAL_INTERVAL_MS)
    cancelHeal = clock.after(pause, () => {
      const peers = sessions.list()
      if (peers.length > 0) due.add(peers[random.below(peers.length)]!.peer)
      pump()
      healLater()
    })
  }

  return {
    start() {
      stops.push(
        sessions.events.on('peerReady', ({ peer }) => {
          due.add(peer)
          pump()
        }),
        sessions.events.on('peerGone', ({ peer }) => due.delete(peer)),
        chain.events.on('tipChanged', pump),
      )
      healLater()
    },
    async stop() {
      stopped = true
      for (const stop of stops.splice(0)) stop()
      cancelRetry?.()
      cancelHeal?.()
      await Promise.all(running.values())
    },
  }
}
