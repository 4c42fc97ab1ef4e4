import { createEmitter } from '../base/emitter.ts'
import { OK, ok, type Result } from '../base/result.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import { checkTransaction } from '../consensus/check-transaction.ts'
import { type CoinLookup, spendCoins } from '../consensus/connect-transaction.ts'
import { isFinal, type LockContext } from '../consensus/locktime.ts'
import { broken } from '../consensus/rules.ts'
import type { ChainFollower, ChainView, TipChange } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { AdmissionError, Mempool, MempoolEntry, MempoolEvents } from '../ports/mempool.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Coin } from '../primitives/coin.ts'
import { type OutPoint, outPointKey } from '../primitives/outpoint.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'
import { isCoinbase, type Transaction, virtualSize } from '../primitives/transaction.ts'
import { isUnspendable } from '../script/templates.ts'
import { checkStandard, checkStandardSpend, MAX_ANCESTORS, refused } from './policy.ts'
import { Pool } from './pool.ts'
import { WitnessChecker } from './witness-checker.ts'

export interface MempoolOptions {
  /** the sum of virtual sizes above which the lowest fee rates are let go */
  readonly maxVirtualBytes: number
  /** base units a virtual byte below which nothing is taken */
  readonly minFeeRate: number
}

/** A pending payment takes about 31 bytes of memory a virtual byte: this comes to some 300 MB. */
export const DEFAULT_MEMPOOL_OPTIONS: MempoolOptions = { maxVirtualBytes: 10_000_000, minFeeRate: 1 }

/** A full pool is emptied to this share of its cap, so that not every newcomer has it sorted anew. */
const EVICTION_SHARE = 0.95

/** Outputs of an unknown transaction that are looked up to tell a confirmed one. */
const OUTPUTS_LOOKED_UP = 4

export interface MempoolDependencies {
  readonly chain: ChainView
  readonly signatures: Signatures
  readonly verified: VerifiedTransactions
  readonly clock: Clock
  readonly logger: Logger
}

/** The pool as the node runs it: what others see, kept in step with the chain by `tipChanged`. */
export type MempoolService = Mempool & ChainFollower

export function createMempool(options: MempoolOptions, dependencies: MempoolDependencies): MempoolService {
  return new PendingTransactions(options, dependencies)
}

class PendingTransactions implements MempoolService {
  readonly events
  readonly #emitter
  readonly #options: MempoolOptions
  readonly #dependencies: MempoolDependencies
  readonly #pool = new Pool()
  readonly #queue = createSerialQueue()
  readonly #witnesses

  constructor(options: MempoolOptions, dependencies: MempoolDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    this.#witnesses = new WitnessChecker(dependencies.clock)
    this.#emitter = createEmitter<MempoolEvents>((error) =>
      dependencies.logger.error('mempool listener failed', { error }),
    )
    this.events = this.#emitter
  }

  get size(): number {
    return this.#pool.size
  }

  get virtualBytes(): number {
    return this.#pool.virtualBytes
  }

  get(txid: Parameters<Mempool['get']>[0]): MempoolEntry | undefined {
    return this.#pool.get(txid)
  }

  spenderOf(outPoint: OutPoint): MempoolEntry | undefined {
    return this.#pool.spenderOf(outPoint)
  }

  coin(outPoint: OutPoint): Coin | undefined {
    const coin = this.#pool.coin(outPoint, this.#nextHeight())
    return coin && !isUnspendable(coin.scriptPubKey) ? coin : undefined
  }

  entries(): readonly MempoolEntry[] {
    return this.#pool.entries()
  }

  accept(tx: Transaction): Promise<Result<MempoolEntry, AdmissionError>> {
    return this.#queue.run(async () => {
      const admitted = await this.#admit(tx, { verify: true })
      if (!admitted.ok) return admitted
      this.#emitter.emit('added', admitted.value)
      this.#evict()
      return this.#pool.get(tx.txid) === undefined ? refused('mempool-full') : admitted
    })
  }

  #nextHeight(): number {
    return this.#dependencies.chain.tip().height + 1
  }

  /**
   * What costs least comes first: scripts are run once all else has passed, signatures are verified last.
   * @param verify - false for what was verified before: signatures do not depend on the chain
   * @param known - the entry that it had before, whose age it keeps
   */
  async #admit(
    tx: Transaction,
    { verify, known }: { verify: boolean; known?: MempoolEntry },
  ): Promise<Result<MempoolEntry, AdmissionError>> {
    const { chain, verified, clock } = this.#dependencies
    const pool = this.#pool
    if (pool.get(tx.txid) !== undefined) return refused('already-in-mempool')
    const checked = checkTransaction(tx)
    if (!checked.ok) return checked
    if (isCoinbase(tx)) return broken('coinbase-loose', { txid: tx.txid })
    const standard = checkStandard(tx)
    if (!standard.ok) return standard

    const tip = chain.tip()
    if (!isFinal(tx, tip.height + 1, tip.medianTimePast))
      return broken('transaction-not-final', { txid: tx.txid, lockTime: tx.lockTime })
    const conflict = tx.inputs.find(({ prevout }) => pool.spenderOf(prevout) !== undefined)
    if (conflict !== undefined)
      return refused(
        'mempool-conflict',
        `Conflicting: ${pool.spenderOf(conflict.prevout)?.transaction.txid}.`,
      )
    if (pool.ancestorCount(tx.inputs, MAX_ANCESTORS) >= MAX_ANCESTORS)
      return refused('too-many-unconfirmed-ancestors')

    const lookup = await this.#coins(tx)
    const missing = tx.inputs.find(({ prevout }) => lookup.get(prevout) === undefined)
    if (missing !== undefined) {
      if (await this.#isConfirmed(tx)) return refused('already-confirmed')
      return refused('missing-inputs', `Missing: ${outPointKey(missing.prevout)}.`)
    }
    const context: LockContext = {
      height: tip.height + 1,
      medianTimePast: tip.medianTimePast,
      medianTimePastAt: (height) => chain.entryAt(Math.min(height, tip.height))?.medianTimePast ?? 0,
    }
    const spent = spendCoins(tx, lookup, context, chain.parameters)
    if (!spent.ok) return spent

    const size = virtualSize(tx.weight)
    const wanted = Math.ceil(size * this.#options.minFeeRate)
    if (spent.value.fee < wanted)
      return refused(
        'fee-below-minimum',
        `It pays ${spent.value.fee} base units for ${size} virtual bytes; ${wanted} are needed.`,
      )
    const allowed = checkStandardSpend(tx, spent.value)
    if (!allowed.ok) return allowed

    if (verify || !verified.has(tx.wtxid)) {
      const held = await this.#checkWitnesses(tx, spent.value.coins, verify)
      if (!held.ok) return held
    }
    verified.add(tx.wtxid)
    const entry: MempoolEntry = {
      transaction: tx,
      fee: spent.value.fee,
      virtualSize: size,
      sigopsCost: spent.value.sigopsCost,
      addedAt: known?.addedAt ?? clock.now(),
      height: known?.height ?? tip.height,
    }
    pool.add(entry)
    return ok(entry)
  }

  async #checkWitnesses(
    tx: Transaction,
    coins: readonly Coin[],
    verify: boolean,
  ): Promise<Result<undefined, AdmissionError>> {
    const checks = await this.#witnesses.check(tx, coins)
    if (!checks.ok) return checks
    const invalid = verify ? await this.#dependencies.signatures.firstInvalid(checks.value) : undefined
    return invalid === undefined ? OK : broken('signature-invalid', { txid: tx.txid, check: invalid })
  }

  /** The coins that the inputs name, pending ones first. */
  async #coins(tx: Transaction): Promise<CoinLookup> {
    const found = new OutPointMap<Coin>()
    const confirmed: OutPoint[] = []
    for (const { prevout } of tx.inputs) {
      const pending = this.coin(prevout)
      if (pending === undefined) confirmed.push(prevout)
      else found.set(prevout, pending)
    }
    const coins = await this.#dependencies.chain.coins(confirmed)
    for (const [i, coin] of coins.entries()) if (coin !== undefined) found.set(confirmed[i]!, coin)
    return found
  }

  /** Whether its first outputs are coins, which tells for most: a peer must not make us look for many. */
  async #isConfirmed(tx: Transaction): Promise<boolean> {
    const outPoints = tx.outputs.slice(0, OUTPUTS_LOOKED_UP).map((_, vout) => ({ txid: tx.txid, vout }))
    return (await this.#dependencies.chain.coins(outPoints)).some((coin) => coin !== undefined)
  }

  #remove(entry: MempoolEntry, reason: MempoolEvents['removed']['reason']): void {
    this.#pool.remove(entry)
    this.#emitter.emit('removed', { entry, reason })
  }

  /** Lets the lowest fee rates go, each with what builds on it, when the pool is above its cap. */
  #evict(): void {
    if (this.#pool.virtualBytes <= this.#options.maxVirtualBytes) return
    const goal = this.#options.maxVirtualBytes * EVICTION_SHARE
    const cheapestFirst = this.#pool.entries().sort((a, b) => a.fee / a.virtualSize - b.fee / b.virtualSize)
    const before = this.#pool.size
    for (const entry of cheapestFirst) {
      if (this.#pool.virtualBytes <= goal) break
      if (this.#pool.get(entry.transaction.txid) === undefined) continue
      for (const each of this.#pool.withDescendants(entry)) this.#remove(each, 'evicted')
    }
    this.#dependencies.logger.info('mempool full, lowest fee rates evicted', {
      evicted: before - this.#pool.size,
      left: this.#pool.size,
    })
  }

  tipChanged(change: TipChange): Promise<void> {
    return this.#queue.run(async () => {
      // Most of a first sync: nothing to look through blocks for.
      for (const { block } of this.#pool.size === 0 ? [] : change.connected) {
        for (const tx of block.transactions) {
          const mined = this.#pool.get(tx.txid)
          if (mined !== undefined) {
            // What it spends, nothing else that is pending does.
            this.#remove(mined, 'mined')
            continue
          }
          for (const { prevout } of tx.inputs) {
            const conflict = this.#pool.spenderOf(prevout)
            if (conflict === undefined) continue
            for (const each of this.#pool.withDescendants(conflict)) this.#remove(each, 'conflict')
          }
        }
      }
      if (change.disconnected.length > 0) await this.#restore(change)
    })
  }

  /** Takes back what left the chain and holds everything pending against the new coins. */
  async #restore({ disconnected }: TipChange): Promise<void> {
    const pending = this.#pool.entries()
    this.#pool.clear()
    const returned = [...disconnected].reverse().flatMap(({ block }) => block.transactions.slice(1))
    const waiting: { readonly tx: Transaction; readonly known?: MempoolEntry }[] = [
      ...returned.map((tx) => ({ tx })),
      ...pending.map((known) => ({ tx: known.transaction, known })),
    ]
    try {
      for (const each of waiting) await this.#takeBack(each)
    } finally {
      // After a failed read those that are left are let go rather than kept unchecked.
      for (const known of pending)
        if (this.#pool.get(known.transaction.txid) === undefined)
          this.#emitter.emit('removed', { entry: known, reason: 'invalid' })
    }
    this.#evict()
  }

  async #takeBack({ tx, known }: { tx: Transaction; known?: MempoolEntry }): Promise<void> {
    const admitted = await this.#admit(tx, { verify: false, ...(known ? { known } : {}) })
    if (!admitted.ok)
      this.#dependencies.logger.debug('transaction not kept', { txid: tx.txid, code: admitted.error.code })
    else if (known === undefined) this.#emitter.emit('added', admitted.value)
  }
}
