import { createEmitter, type Emitter } from '../base/emitter.ts'
import { err, ok, type Result } from '../base/result.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { ChainEntry, ChainFollower, ChainView, TipChange } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type {
  AdmissionError,
  Mempool,
  MempoolEntry,
  MempoolEvents,
  TestedTransaction,
} from '../ports/mempool.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { Admission, type Fault, type Judged } from './admission.ts'
import { Departures } from './departures.ts'
import { Examiner } from './examiner.ts'
import type { FeeEstimator } from './fee-estimator.ts'
import { type MempoolOptions, MempoolView } from './mempool-view.ts'
import { takePackage, type Verdict } from './package-intake.ts'
import { refused } from './policy.ts'
import { WitnessChecker } from './witness-checker.ts'

/** A pending payment takes about 31 bytes of memory a virtual byte: this comes to some 300 MB. */
export const DEFAULT_MEMPOOL_OPTIONS: MempoolOptions = { maxVirtualBytes: 10_000_000, minFeeRate: 1 }

/** How often the pool is looked through for what has been pending too long, in milliseconds. */
const EXPIRY_INTERVAL_MS = 10 * 60 * 1000

/** Fees are watched while the tip is at most so many blocks behind the best header: behind, the pool lags the market. */
const MAX_BLOCKS_BEHIND = 1

/** Transactions that are held against new coins before others have their turn: some milliseconds. */
const TAKEN_BACK_PER_TURN = 500

export interface MempoolDependencies {
  readonly chain: ChainView
  readonly signatures: Signatures
  readonly verified: VerifiedTransactions
  readonly clock: Clock
  readonly logger: Logger
}

/** The pool as the node runs it: what others see, kept in step with the chain by `tipChanged`. */
export interface MempoolService extends Mempool, ChainFollower {
  readonly fees: FeeEstimator
  /**
   * Takes back what was pending when the node was last stopped, after full checks but at any fee: a child that pays for
   * it may come next.
   * @param addedAt - Unix milliseconds, when it first came
   */
  restore(tx: Transaction, addedAt: number): Promise<Verdict>
  /** Lets go of what was restored and is too old, or pays too little after all. */
  endRestore(): Promise<void>
}

export function createMempool(options: MempoolOptions, dependencies: MempoolDependencies): MempoolService {
  return new PendingTransactions(options, dependencies)
}

/** How transactions come in. */
interface Arrival {
  /** whether any fee will do */
  readonly free: boolean
  /** Unix milliseconds, of what was pending before the node was started */
  readonly addedAt?: number
}

class PendingTransactions extends MempoolView implements MempoolService {
  readonly events
  readonly #emitter: Emitter<MempoolEvents>
  readonly #dependencies: MempoolDependencies
  /** admissions and changes of the tip, one at a time */
  readonly #queue = createSerialQueue()
  readonly #admission
  readonly #examiner
  readonly #departures
  #expiredAt

  constructor(options: MempoolOptions, dependencies: MempoolDependencies) {
    const { chain, clock, logger } = dependencies
    super(options, clock)
    this.#dependencies = dependencies
    this.#emitter = createEmitter((error) => logger.error('mempool listener failed', { error }))
    this.events = this.#emitter
    const { pool, floor, fees: estimator } = this
    const witnesses = new WitnessChecker(clock)
    const checkFee = this.checkFee.bind(this)
    this.#admission = new Admission({ chain, pool, witnesses, checkFee })
    this.#examiner = new Examiner({ ...dependencies, admission: this.#admission })
    const { minFeeRate } = options
    this.#departures = new Departures({ pool, floor, estimator, emitter: this.#emitter, minFeeRate })
    this.#expiredAt = clock.now()
  }

  coin(outPoint: OutPoint): Coin | undefined {
    return this.#admission.coin(outPoint)
  }

  async accept(tx: Transaction): Promise<Verdict> {
    const taken = await this.#take([tx], { free: false })
    return taken.ok ? ok(taken.value[0]!) : err(taken.error.error)
  }

  test(tx: Transaction): Promise<Result<TestedTransaction, AdmissionError>> {
    return this.#queue.run(async () => {
      const judged = await this.#examiner.judge([tx], { isVerified: () => false, free: false })
      if (!judged.ok) return err(judged.error.error)
      const placed = this.#admission.place(judged.value.drafts, false)
      if (!placed.ok) return err(placed.error.error)
      const { fee, virtualSize } = judged.value.drafts[0]!
      return ok({ fee, virtualSize, replaces: placed.value.map(({ entry }) => entry.transaction.txid) })
    })
  }

  acceptPackage(transactions: readonly Transaction[]): Promise<Verdict[]> {
    return takePackage(transactions, {
      held: ({ wtxid }) => this.getByWtxid(wtxid),
      take: (group) => this.#take(group, { free: false }),
    })
  }

  async restore(tx: Transaction, addedAt: number): Promise<Verdict> {
    const taken = await this.#take([tx], { free: true, addedAt })
    return taken.ok ? ok(taken.value[0]!) : err(taken.error.error)
  }

  endRestore(): Promise<void> {
    return this.#queue.run(() => {
      this.#departures.expire(this.#dependencies.clock.now())
      this.#departures.dropUnpaid()
    })
  }

  tipChanged(change: TipChange): Promise<void> {
    return this.#queue.run(async () => {
      for (const { block, entry } of change.connected) this.#follow(block, entry)
      if (change.disconnected.length > 0) await this.#takeAllBack(change)
      this.#expire()
    })
  }

  /** Together or not at all. */
  #take(group: readonly Transaction[], arrival: Arrival): Promise<Result<MempoolEntry[], Fault>> {
    const { free } = arrival
    const ahead = this.#examiner.ahead(group, free)
    // It may fail long before its turn comes.
    ahead.catch(() => {})
    return this.#queue.run(async () => {
      let judged: Result<Judged, Fault>
      try {
        judged = await this.#examiner.settle(group, await ahead, free)
      } finally {
        this.#examiner.end(group)
      }
      if (!judged.ok) return judged
      const entered = this.#enter(judged.value, free, arrival)
      if (!entered.ok) return entered
      const entries = entered.value
      if (arrival.addedAt === undefined) this.#watchFee(entries)
      for (const entry of entries)
        this.#emitter.emit(arrival.addedAt === undefined ? 'added' : 'restored', entry)
      this.#expire()
      this.#makeRoom()
      const at = group.at(-1)!
      return this.get(at.txid) === undefined ? err({ at, ...refused('mempool-full') }) : ok(entries)
    })
  }

  /**
   * Adds them, in the place of what they replace.
   * @param known - what they keep of when they came before
   */
  #enter(
    { drafts }: Judged,
    free: boolean,
    known: { readonly addedAt?: number; readonly height?: number },
  ): Result<MempoolEntry[], Fault> {
    const placed = this.#admission.place(drafts, free)
    if (!placed.ok) return placed
    if (placed.value.length > 0) this.#departures.drop(placed.value, 'replaced')
    const { addedAt = this.#dependencies.clock.now(), height = this.#dependencies.chain.tip().height } = known
    const entries = drafts.map(({ transaction, fee, virtualSize, sigopsCost }) => {
      const entry: MempoolEntry = { transaction, fee, virtualSize, sigopsCost, addedAt, height }
      this.pool.add(entry)
      return entry
    })
    return ok(entries)
  }

  /** What stands alone, without a pending parent or a child that pays for it, tells what its fee rate is worth. */
  #watchFee(entries: readonly MempoolEntry[]): void {
    const { chain } = this.#dependencies
    const { height } = chain.tip()
    if (entries.length > 1 || chain.bestHeader().height - height > MAX_BLOCKS_BEHIND) return
    const { transaction, fee, virtualSize } = entries[0]!
    if (this.pool.parentsOf(transaction.inputs).length > 0) return
    this.fees.watch(transaction.txid, fee / virtualSize, height)
  }

  #makeRoom(): void {
    const evicted = this.#departures.makeRoom(this.options.maxVirtualBytes)
    if (evicted === 0) return
    this.#dependencies.logger.info('mempool full, lowest fee rates evicted', {
      evicted,
      left: this.size,
      minFeeRate: this.minFeeRate(),
    })
  }

  #expire(): void {
    const now = this.#dependencies.clock.now()
    if (now - this.#expiredAt < EXPIRY_INTERVAL_MS) return
    this.#expiredAt = now
    this.#departures.expire(now)
  }

  /** Lets go of what a block holds, and of what conflicts with it. */
  #follow({ transactions }: Block, { height }: ChainEntry): void {
    const mined: Txid[] = []
    // Most of a first sync: nothing to look through blocks for.
    for (const tx of this.size === 0 ? [] : transactions) {
      const pending = this.pool.get(tx.txid)
      if (pending !== undefined) {
        mined.push(tx.txid)
        // What it spends, nothing else that is pending does.
        this.#departures.mined(pending)
      } else {
        const conflicts = this.pool.conflictsOf(tx.inputs)
        if (conflicts.length > 0) this.#departures.drop(conflicts, 'conflict')
      }
    }
    this.fees.blockConnected(height, mined)
    this.floor.blockConnected()
  }

  /** Takes back what left the chain and holds everything pending against the new coins. */
  async #takeAllBack({ disconnected }: TipChange): Promise<void> {
    const pending = this.pool.entries()
    this.pool.clear()
    const returned = [...disconnected].reverse().flatMap(({ block }) => block.transactions.slice(1))
    const waiting: { readonly tx: Transaction; readonly known?: MempoolEntry }[] = [
      ...returned.map((tx) => ({ tx })),
      ...pending.map((known) => ({ tx: known.transaction, known })),
    ]
    try {
      for (const [index, { tx, known }] of waiting.entries()) {
        if ((index + 1) % TAKEN_BACK_PER_TURN === 0) await this.#dependencies.clock.turn()
        await this.#takeBack(tx, known)
      }
    } finally {
      // After a failed read those that are left are let go rather than kept unchecked.
      for (const known of pending) {
        const { txid } = known.transaction
        if (this.pool.get(txid) !== undefined) continue
        this.fees.forget(txid)
        this.#emitter.emit('removed', { entry: known, reason: 'invalid' })
      }
    }
    this.#departures.dropUnpaid()
    this.#makeRoom()
  }

  /** At any fee: whoever pays for it may come next. Signatures were verified when it first came, here or in its block. */
  async #takeBack(tx: Transaction, known?: MempoolEntry): Promise<void> {
    const { verified, logger } = this.#dependencies
    const isVerified = ({ wtxid }: Transaction): boolean => verified.has(wtxid)
    const judged = await this.#admission.judge([tx], { isVerified, free: true })
    const entered = judged.ok ? this.#enter(judged.value, true, known ?? {}) : judged
    if (!entered.ok) {
      logger.debug('transaction not kept', { txid: tx.txid, code: entered.error.error.code })
      return
    }
    verified.add(tx.wtxid)
    if (known === undefined) this.#emitter.emit('added', entered.value[0]!)
  }
}
