import { errorMessage } from '../base/errors.ts'
import { createRollingSet } from '../base/rolling-set.ts'
import type { ChainView, TipChange } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { AdmissionError, Mempool, PolicyCode } from '../ports/mempool.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { createFairQueue } from './fair-queue.ts'
import { ORPHAN_LIMITS, type Orphan, OrphanPool } from './orphan-pool.ts'
import { blameForTransaction, type Penalties } from './verdicts.ts'

/** Transactions that the mempool is judging at once: as many signatures make a job for each of some threads. */
const MAX_JUDGED = 128
/** Transactions of one peer that are judged or wait for it, and their bytes; the next ones are let go without blame. */
export const MAX_PEER_JUDGED = 1_000
const MAX_PEER_JUDGED_BYTES = 1_000_000
/** Refused transactions that are remembered until the next block. */
const REFUSED_REMEMBERED = 20_000
/** A transaction that misses more parents would have too many unconfirmed ancestors. */
const MAX_MISSING_PARENTS = 24
/** A child may pay for it. */
const PAYS_TOO_LITTLE: ReadonlySet<string> = new Set<PolicyCode>(['fee-below-minimum', 'fee-below-floor'])
/** Orphans that are judged again in one piece. */
const RETRIES_PER_TURN = 16

/** What became of a transaction that a peer brought. */
export type Intake =
  /** it is in the mempool now, and was not before */
  | { readonly kind: 'taken' }
  /** it was in the mempool */
  | { readonly kind: 'held' }
  /** it waits for its parents */
  | { readonly kind: 'orphan' }
  | { readonly kind: 'refused'; readonly fault: AdmissionError }
  /** not judged: refused a short while ago, too many of this peer's, or a failure of our own */
  | { readonly kind: 'skipped' }

const TAKEN: Intake = { kind: 'taken' }
const HELD: Intake = { kind: 'held' }
const ORPHAN: Intake = { kind: 'orphan' }
const SKIPPED: Intake = { kind: 'skipped' }

export interface TransactionIntakeDependencies {
  readonly transport: Transport
  readonly chain: ChainView
  readonly mempool: Mempool
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

/**
 * The one way from peers to the mempool, whatever protocol a transaction came by: fair between peers, with orphans, and
 * without judging twice what was refused. Blames whoever is to blame.
 */
export interface TransactionIntake {
  readonly orphans: Pick<OrphanPool, 'get' | 'has' | 'size' | 'weight'>
  /** Judges it, and has an eye on it where it waits for its parents. */
  take(tx: Transaction, from: PeerId): Promise<Intake>
  /** What becomes of an orphan when its parents have come; still an orphan where they do not within so many milliseconds. */
  outcome(orphan: Wtxid, withinMs: number): Promise<Intake>
  /** Whether there is no use in fetching it: it is here, is being judged, waits, or was refused. */
  isKnown(wtxid: Wtxid): boolean
  /** Whether it is being judged because a peer brought it. */
  isJudging(wtxid: Wtxid): boolean
  start(): void
  stop(): Promise<void>
}

export function createTransactionIntake(dependencies: TransactionIntakeDependencies): TransactionIntake {
  const { transport, chain, mempool, clock, logger, penalties } = dependencies
  const orphans = new OrphanPool(ORPHAN_LIMITS)
  const refused = createRollingSet<Wtxid>(REFUSED_REMEMBERED)
  const queue = createFairQueue({
    underWay: MAX_JUDGED,
    maxPeerJobs: MAX_PEER_JUDGED,
    maxPeerSize: MAX_PEER_JUDGED_BYTES,
  })
  const judging = new Map<Wtxid, Promise<unknown>>()
  /** who waits for what becomes of an orphan */
  const waiting = new Map<Wtxid, Set<(outcome: Intake) => void>>()
  /** orphans whose parents have come, to be judged again */
  const complete: Orphan[] = []
  const stops: (() => void)[] = []
  let isRetrying = false
  let retried: Promise<void> | undefined
  let stopped = false

  /** The unknown transactions that it spends from; undefined where no transaction can ever help. */
  function missingParents(missing: readonly OutPoint[]): Set<Txid> | undefined {
    const parents = new Set<Txid>()
    for (const outPoint of missing) {
      // The parent is here, and has no such output.
      if (mempool.get(outPoint.txid) !== undefined && mempool.coin(outPoint) === undefined) return undefined
      parents.add(outPoint.txid)
    }
    return parents.size > MAX_MISSING_PARENTS ? undefined : parents
  }

  async function judge(tx: Transaction): Promise<Intake> {
    const accepted = await mempool.accept(tx)
    // It may have come by another way in the same moment.
    if (accepted.ok || mempool.getByWtxid(tx.wtxid) !== undefined) return TAKEN
    if (PAYS_TOO_LITTLE.has(accepted.error.code) && (await judgeWithChild(tx))) return TAKEN
    return { kind: 'refused', fault: accepted.error }
  }

  /** Whether an orphan pays for it; that one is found to be pending when it is judged again. */
  async function judgeWithChild(tx: Transaction): Promise<boolean> {
    const child = orphans.lastChildOf(tx.txid)
    if (child === undefined || judging.has(child.wtxid)) return false
    const judged = mempool.acceptPackage([tx, child])
    // Who waits for it wants to know that it is over; that it failed is for us to tell.
    judging.set(child.wtxid, Promise.allSettled([judged]))
    try {
      const [parent] = await judged
      return parent?.ok === true
    } finally {
      judging.delete(child.wtxid)
    }
  }

  /** What follows from a refusal: an orphan more, or blame. */
  function refuse(tx: Transaction, fault: AdmissionError, peers: readonly PeerId[]): Intake {
    const missing = 'missing' in fault && fault.missing ? missingParents(fault.missing) : undefined
    if (missing !== undefined) {
      orphans.expire(clock.monotonic())
      for (const peer of peers) orphans.add(tx, missing, peer, clock.monotonic())
      // Where it was an orphan before, a parent has gone again.
      orphans.waitFor(tx.wtxid, missing)
      // One may have come since it was judged.
      for (const txid of missing) if (mempool.get(txid) !== undefined) arrived(txid)
      if (orphans.has(tx.wtxid)) return ORPHAN
    }
    refused.add(tx.wtxid)
    for (const peer of peers) penalties.punish(peer, blameForTransaction(fault), fault)
    return { kind: 'refused', fault }
  }

  function conclude(tx: Transaction, judged: Intake, peers: readonly PeerId[]): Intake {
    if (judged.kind === 'refused') return refuse(tx, judged.fault, peers)
    const [first] = peers
    if (judged.kind === 'taken' && first !== undefined) transport.brought(first, 'transaction')
    return judged
  }

  async function judgeFirst(tx: Transaction, from: PeerId): Promise<Intake> {
    try {
      const judged = await (queue.run(from, tx.bytes.length, () => judge(tx)) ?? SKIPPED)
      return conclude(tx, judged, [from])
    } catch (error) {
      // Our own failure says nothing about the transaction.
      logger.error('transaction not judged', { txid: tx.txid, reason: errorMessage(error) })
      return SKIPPED
    }
  }

  async function judgeOrphan({ transaction, peers }: Orphan): Promise<void> {
    const { txid, wtxid } = transaction
    let outcome: Intake
    try {
      const judged = await judge(transaction)
      outcome = conclude(transaction, judged, peers)
    } catch (error) {
      logger.error('orphan not judged', { txid, reason: errorMessage(error) })
      outcome = SKIPPED
    }
    if (outcome.kind === 'orphan') return
    orphans.remove(wtxid)
    for (const tell of waiting.get(wtxid) ?? []) tell(outcome)
  }

  /** Judges complete orphans until there are none; each that is taken may complete others. */
  async function retry(): Promise<void> {
    for (let count = 1; complete.length > 0 && !stopped; count++) {
      const orphan = complete.shift()!
      const { wtxid } = orphan.transaction
      if (!orphans.has(wtxid)) continue
      const judged = judgeOrphan(orphan)
      judging.set(wtxid, judged)
      await judged
      judging.delete(wtxid)
      if (count % RETRIES_PER_TURN === 0) await clock.turn()
    }
    isRetrying = false
  }

  function arrived(txid: Txid): void {
    if (orphans.size === 0) return
    complete.push(...orphans.arrived(txid))
    if (isRetrying || complete.length === 0) return
    isRetrying = true
    retried = retry()
  }

  function tipChanged({ connected }: TipChange): void {
    // What was refused may hold on the new tip.
    refused.clear()
    if (orphans.size === 0) return
    for (const { block } of connected) {
      for (const { inputs } of block.transactions) for (const { prevout } of inputs) orphans.spent(prevout)
      for (const { txid } of block.transactions) arrived(txid)
    }
  }

  return {
    orphans,
    async take(tx, from) {
      const { txid, wtxid } = tx
      if (mempool.get(txid) !== undefined) return mempool.getByWtxid(wtxid) === undefined ? SKIPPED : HELD
      if (refused.has(wtxid) && orphans.lastChildOf(txid) === undefined) return SKIPPED
      const orphan = orphans.get(wtxid)
      if (orphan !== undefined) {
        orphans.add(tx, orphan.missing, from, clock.monotonic())
        return ORPHAN
      }
      const others = judging.get(wtxid)
      if (others !== undefined) {
        await others
        return this.take(tx, from)
      }
      const judged = judgeFirst(tx, from)
      judging.set(wtxid, judged)
      try {
        return await judged
      } finally {
        judging.delete(wtxid)
      }
    },
    outcome(orphan, withinMs) {
      return new Promise((resolve) => {
        const tell = (outcome: Intake): void => {
          cancel()
          const others = waiting.get(orphan)!
          others.delete(tell)
          if (others.size === 0) waiting.delete(orphan)
          resolve(outcome)
        }
        const cancel = clock.after(withinMs, () => tell(ORPHAN))
        waiting.set(orphan, (waiting.get(orphan) ?? new Set()).add(tell))
      })
    },
    isKnown: (wtxid) =>
      mempool.getByWtxid(wtxid) !== undefined ||
      refused.has(wtxid) ||
      judging.has(wtxid) ||
      orphans.has(wtxid),
    isJudging: (wtxid) => judging.has(wtxid),
    start() {
      stops.push(
        mempool.events.on('added', ({ transaction }) => arrived(transaction.txid)),
        // Peers may have it for longer: what made room for it here still stands.
        mempool.events.on('removed', ({ entry, reason }) => {
          if (reason !== 'mined') refused.add(entry.transaction.wtxid)
        }),
        chain.events.on('tipChanged', tipChanged),
        transport.events.on('peerDisconnected', ({ peer }) => orphans.leave(peer)),
      )
    },
    async stop() {
      stopped = true
      for (const stop of stops.splice(0)) stop()
      for (const all of waiting.values()) for (const tell of all) tell(SKIPPED)
      await Promise.all([...judging.values(), retried])
    },
  }
}
