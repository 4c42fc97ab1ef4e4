import { type Err, err, ok, type Result } from '../base/result.ts'
import { checkTransaction } from '../consensus/check-transaction.ts'
import { type CoinLookup, type SpentCoins, spendCoins } from '../consensus/connect-transaction.ts'
import { isFinal, type LockContext } from '../consensus/locktime.ts'
import { broken } from '../consensus/rules.ts'
import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { AdmissionError, PolicyCode } from '../ports/mempool.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid } from '../primitives/hash.ts'
import { type OutPoint, outPointKey } from '../primitives/outpoint.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'
import { isCoinbase, type Transaction, virtualSize } from '../primitives/transaction.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { isUnspendable } from '../script/templates.ts'
import { checkBounds } from './bounds.ts'
import type { Pending } from './pending.ts'
import { checkStandard, checkStandardSpend, refused } from './policy.ts'
import type { Pool } from './pool.ts'
import { judgeReplacement } from './replacement.ts'
import type { WitnessChecker } from './witness-checker.ts'

/** Outputs of an unknown transaction that are looked up to tell a confirmed one. */
const OUTPUTS_LOOKED_UP = 4

/** A transaction with what the rules say of what it spends. */
export interface Draft extends Pick<SpentCoins, 'coins' | 'fee' | 'sigopsCost'> {
  readonly transaction: Transaction
  readonly virtualSize: number
  /** transactions, pending or under way, whose outputs it was found to spend */
  readonly parents: readonly Txid[]
  /** that are left to verify */
  readonly signatures: readonly SignatureCheck[]
}

/** Transactions that may come into the pool together, where nothing has changed meanwhile and the signatures hold. */
export interface Judged {
  readonly drafts: readonly Draft[]
}

/** What is wrong, and with which of them; the last is the one that the others are needed for. */
export interface Fault {
  readonly at: Transaction
  readonly error: AdmissionError
}

/** What holds of a transaction wherever the chain and the pool stand, of all that policy refuses. */
const LASTING: ReadonlySet<string> = new Set<PolicyCode>(['not-standard', 'dust'])

export interface AdmissionDependencies {
  readonly chain: ChainView
  readonly pool: Pool
  readonly witnesses: WitnessChecker
  /** Whether the fee is enough for the pool as it is; `AdmissionError` as a value where it is not. */
  readonly checkFee: (fee: number, virtualSize: number) => Result<undefined, AdmissionError>
}

export interface JudgeOptions {
  /** whether scripts and signatures are known to hold, which does not depend on the chain */
  readonly isVerified: (tx: Transaction) => boolean
  /** whether any fee will do */
  readonly free: boolean
  /** transactions that will come in before, unless their signatures turn out not to hold */
  readonly coming?: ReadonlyMap<Txid, Transaction>
}

/** Says which transactions may come into the pool; changes nothing. */
export class Admission {
  readonly #dependencies: AdmissionDependencies

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * All but the signatures, which are handed back. What costs least comes first: scripts are run once all else has
   * passed.
   * @param group - one transaction, or several of which the last builds on all others: they pay together
   */
  async judge(
    group: readonly Transaction[],
    { isVerified, free, coming }: JudgeOptions,
  ): Promise<Result<Judged, Fault>> {
    const drafts: Draft[] = []
    for (const tx of group) {
      const draft = await this.#draft(tx, drafts, coming)
      if (!draft.ok) return err({ at: tx, error: draft.error })
      drafts.push(draft.value)
    }
    const placed = this.place(drafts, free)
    if (!placed.ok) return placed
    for (const [index, draft] of drafts.entries()) {
      const signatures = await this.#checkSpend(draft, isVerified(draft.transaction))
      if (!signatures.ok) return err({ at: draft.transaction, error: signatures.error })
      drafts[index] = { ...draft, signatures: signatures.value }
    }
    return ok({ drafts })
  }

  /**
   * What the pool as it is has to say: fees, conflicts, how much they would build on.
   * @returns the pending transactions whose place they take, parents first
   */
  place(drafts: readonly Draft[], free: boolean): Result<readonly Pending[], Fault> {
    const { pool, checkFee } = this.#dependencies
    const transactions = drafts.map(({ transaction }) => transaction)
    const at = transactions.at(-1)!
    let [fee, size] = [0, 0]
    for (const draft of drafts) {
      if (this.#isPending(draft.transaction.txid))
        return err({ at: draft.transaction, ...refused('already-in-mempool') })
      fee += draft.fee
      size += draft.virtualSize
    }
    if (!free) {
      const enough = checkFee(fee, size)
      if (!enough.ok) return err({ at, error: enough.error })
    }
    const inputs = drafts.length === 1 ? at.inputs : transactions.flatMap((tx) => tx.inputs)
    const parents = pool.parentsOf(inputs)
    const conflicts = pool.conflictsOf(inputs)
    const gone = judgeReplacement({ fee, size, parents, conflicts })
    if (!gone.ok) return err({ at, error: gone.error })
    const bounded = parents.length === 0 ? undefined : checkBounds(transactions, pool, gone.value)
    return bounded?.ok === false ? err({ at, error: bounded.error }) : gone
  }

  /**
   * Whether `judge` would find the same now, but for what `place` finds.
   * @param tip - the chain's when it was found
   */
  isCurrent(judged: Result<Judged, Fault>, tip: ChainEntry): boolean {
    if (this.#dependencies.chain.tip().hash !== tip.hash) return false
    if (judged.ok)
      return judged.value.drafts.every(({ parents }) => parents.every((txid) => this.#isPending(txid)))
    const { error } = judged.error
    return error.kind === 'rule' || LASTING.has(error.code)
  }

  /** An output of a pending transaction that can be spent, as a coin of the next block. */
  coin(outPoint: OutPoint): Coin | undefined {
    const coin = this.#dependencies.pool.coin(outPoint, this.#nextHeight())
    return coin && !isUnspendable(coin.scriptPubKey) ? coin : undefined
  }

  #nextHeight(): number {
    return this.#dependencies.chain.tip().height + 1
  }

  #isPending(txid: Txid): boolean {
    return this.#dependencies.pool.get(txid) !== undefined
  }

  /** The transaction's form, and the rules on what it spends. @param earlier - of its group */
  async #draft(
    tx: Transaction,
    earlier: readonly Draft[],
    coming: JudgeOptions['coming'],
  ): Promise<Result<Draft, AdmissionError>> {
    const { chain } = this.#dependencies
    const { txid } = tx
    if (this.#isPending(txid)) return refused('already-in-mempool')
    const checked = checkTransaction(tx)
    if (!checked.ok) return checked
    if (isCoinbase(tx)) return broken('coinbase-loose', { txid })
    const standard = checkStandard(tx)
    if (!standard.ok) return standard
    const tip = chain.tip()
    if (!isFinal(tx, tip.height + 1, tip.medianTimePast))
      return broken('transaction-not-final', { txid, lockTime: tx.lockTime })

    const parents: Txid[] = []
    const lookup = await this.#coins(tx, { earlier, coming, parents })
    const missing = tx.inputs.flatMap(({ prevout }) => (lookup.get(prevout) === undefined ? [prevout] : []))
    if (missing.length > 0) return this.#withoutInputs(tx, missing)
    const context: LockContext = {
      height: tip.height + 1,
      medianTimePast: tip.medianTimePast,
      medianTimePastAt: (height) => chain.entryAt(Math.min(height, tip.height))?.medianTimePast ?? 0,
    }
    const spent = spendCoins(tx, lookup, context, chain.parameters)
    if (!spent.ok) return spent
    const { coins, fee, sigopsCost } = spent.value
    return ok({
      transaction: tx,
      virtualSize: virtualSize(tx.weight),
      parents,
      signatures: [],
      coins,
      fee,
      sigopsCost,
    })
  }

  async #checkSpend(draft: Draft, isVerified: boolean): Promise<Result<SignatureCheck[], AdmissionError>> {
    const allowed = checkStandardSpend(draft.transaction, draft)
    if (!allowed.ok) return allowed
    return isVerified ? ok([]) : this.#dependencies.witnesses.check(draft.transaction, draft.coins)
  }

  /**
   * The coins that the inputs name, those of pending transactions and of its own group first.
   * @param parents - gets the transactions, pending or still to come
   */
  async #coins(
    tx: Transaction,
    {
      earlier,
      coming,
      parents,
    }: Pick<JudgeOptions, 'coming'> & { earlier: readonly Draft[]; parents: Txid[] },
  ): Promise<CoinLookup> {
    const found = new OutPointMap<Coin>()
    const confirmed: OutPoint[] = []
    for (const { prevout } of tx.inputs) {
      const pending = this.coin(prevout) ?? this.#coinOf(prevout, coming?.get(prevout.txid))
      if (pending !== undefined) parents.push(prevout.txid)
      const sibling = earlier.find(({ transaction }) => transaction.txid === prevout.txid)
      const coin = pending ?? this.#coinOf(prevout, sibling?.transaction)
      if (coin === undefined) confirmed.push(prevout)
      else found.set(prevout, coin)
    }
    const coins = confirmed.length === 0 ? [] : await this.#dependencies.chain.coins(confirmed)
    for (const [i, coin] of coins.entries()) if (coin !== undefined) found.set(confirmed[i]!, coin)
    return found
  }

  #coinOf({ vout }: OutPoint, tx: Transaction | undefined): Coin | undefined {
    const output = tx?.outputs[vout]
    if (output === undefined || isUnspendable(output.scriptPubKey)) return undefined
    return { ...output, height: this.#nextHeight(), coinbase: false }
  }

  async #withoutInputs(tx: Transaction, missing: readonly OutPoint[]): Promise<Err<AdmissionError>> {
    if (await this.#isConfirmed(tx)) return refused('already-confirmed')
    return refused('missing-inputs', `Missing: ${outPointKey(missing[0]!)}.`, missing)
  }

  /** Whether its first outputs are coins, which tells for most: a peer must not make us look for many. */
  async #isConfirmed(tx: Transaction): Promise<boolean> {
    const outPoints = tx.outputs.slice(0, OUTPUTS_LOOKED_UP).map((_, vout) => ({ txid: tx.txid, vout }))
    return (await this.#dependencies.chain.coins(outPoints)).some((coin) => coin !== undefined)
  }
}
