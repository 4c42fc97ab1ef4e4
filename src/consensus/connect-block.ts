import { invariant } from '../base/errors.ts'
import { OK, ok, type Result } from '../base/result.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Wtxid } from '../primitives/hash.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'
import { isCoinbase, type Transaction, type TxInput } from '../primitives/transaction.ts'
import { createSighashCache, type SighashCache } from '../script/sighash.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { isP2wpkh, isUnspendable } from '../script/templates.ts'
import { type CoinLookup, checkInputWitness, spendCoins } from './connect-transaction.ts'
import { MAX_BLOCK_SIGOPS_COST } from './limits.ts'
import type { LockContext } from './locktime.ts'
import type { NetworkDefinition } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'
import { blockSubsidy } from './subsidy.ts'

/** What a block does to the coins. What it both makes and spends is in neither. */
export interface CoinChanges {
  readonly made: OutPointMap<Coin>
  readonly spent: OutPointMap<Coin>
}

export interface ConnectedBlock extends CoinChanges {
  /** undo data: the coins spent by each input, in the block's order */
  readonly undo: readonly Coin[]
  /** base units */
  readonly fees: number
  /** signatures that have to hold for the block to be valid */
  readonly checks: readonly SignatureCheck[]
}

/** What a block is connected to. */
export interface ConnectContext extends LockContext {
  /** the coins that its inputs name, as of the parent */
  readonly before: CoinLookup
  readonly parameters: NetworkDefinition
  /** transactions whose witnesses need not be looked at again: they have been found to hold */
  readonly isVerified?: (wtxid: Wtxid) => boolean
}

/** A transaction whose coins are there and whose inputs are being checked one after another. */
interface Spending {
  readonly coins: readonly Coin[]
  /** undefined where its witnesses are known to hold */
  readonly cache: SighashCache | undefined
  index: number
}

/** Everything but checking a witness, beside checking that of a key. */
const VERIFIED_COST = 1 / 8

/** A script can take a thousand times as long as a key, and is not looked into beforehand. */
const SCRIPT_COST = 25
const SCRIPT_BYTES_PER_COST = 40

function costOf({ scriptPubKey }: Coin, { witness }: TxInput): number {
  if (isP2wpkh(scriptPubKey)) return 1
  return SCRIPT_COST + (witness.at(-1)?.length ?? 0) / SCRIPT_BYTES_PER_COST
}

const neverVerified = (): boolean => false

/**
 * Spends and makes the coins of a block that `checkBlock` has passed, everything but the signatures themselves. A
 * large block is long work: it goes on in steps, between which others may have their turn.
 */
export class BlockConnection {
  readonly #transactions: readonly Transaction[]
  readonly #context: ConnectContext
  readonly #isVerified: (wtxid: Wtxid) => boolean
  readonly #made = new OutPointMap<Coin>()
  readonly #spent = new OutPointMap<Coin>()
  readonly #lookup: CoinLookup
  readonly #undo: Coin[] = []
  readonly #checks: SignatureCheck[] = []
  /** the transaction that is next, or under way */
  #next = 0
  #spending: Spending | undefined
  /** what is left of the step, in inputs of a key */
  #budget = 0
  #fees = 0
  #sigopsCost = 0

  constructor({ transactions }: Block, context: ConnectContext) {
    this.#transactions = transactions
    this.#context = context
    this.#isVerified = context.isVerified ?? neverVerified
    const { before } = context
    this.#lookup = {
      get: (outPoint) =>
        this.#made.get(outPoint) ??
        (this.#spent.get(outPoint) === undefined ? before.get(outPoint) : undefined),
    }
  }

  /** Goes on with about so many inputs of a key, or what takes as long; undefined while there is more to do. */
  step(size: number): Result<ConnectedBlock, RuleViolation> | undefined {
    for (this.#budget = size; this.#budget > 0; this.#budget -= VERIFIED_COST) {
      const tx = this.#transactions[this.#next]
      if (tx === undefined) return this.#finish()
      if (this.#spending === undefined && !isCoinbase(tx)) {
        const begun = this.#spend(tx)
        if (!begun.ok) return begun
      } else if (this.#spending !== undefined && this.#spending.index < tx.inputs.length) {
        const checked = this.#spendInput(tx, this.#spending)
        if (!checked.ok) return checked
      } else {
        this.#make(tx)
        this.#spending = undefined
        this.#next += 1
      }
    }
    return undefined
  }

  #spend(tx: Transaction): Result<undefined, RuleViolation> {
    const spent = spendCoins(tx, this.#lookup, this.#context, this.#context.parameters)
    if (!spent.ok) return spent
    const { coins, fee, sigopsCost } = spent.value
    this.#fees += fee
    if (this.#fees > MAX_MONEY) return broken('fees-out-of-range', { txid: tx.txid })
    this.#sigopsCost += sigopsCost
    if (this.#sigopsCost > MAX_BLOCK_SIGOPS_COST)
      return broken('signature-operations-exceeded', { cost: this.#sigopsCost })
    const cache = this.#isVerified(tx.wtxid) ? undefined : createSighashCache(tx)
    this.#spending = { coins, cache, index: 0 }
    return OK
  }

  #spendInput(tx: Transaction, spending: Spending): Result<undefined, RuleViolation> {
    const index = spending.index++
    const coin = spending.coins[index]!
    if (spending.cache !== undefined) {
      this.#budget -= costOf(coin, tx.inputs[index]!)
      const witness = checkInputWitness(tx, index, coin, spending.cache, this.#checks)
      if (!witness.ok) return witness
    }
    const { prevout } = tx.inputs[index]!
    if (!this.#made.delete(prevout)) this.#spent.set(prevout, coin)
    this.#undo.push(coin)
    return OK
  }

  #make(tx: Transaction): void {
    const { height } = this.#context
    const coinbase = isCoinbase(tx)
    const coins = tx.outputs.map(({ value, scriptPubKey }) =>
      isUnspendable(scriptPubKey) ? undefined : { value, scriptPubKey, height, coinbase },
    )
    this.#made.setAll(tx.txid, coins)
  }

  #finish(): Result<ConnectedBlock, RuleViolation> {
    const { height, parameters } = this.#context
    const claimed = this.#transactions[0]!.outputs.reduce((sum, output) => sum + output.value, 0)
    const allowed = blockSubsidy(height, parameters) + this.#fees
    if (claimed > allowed) return broken('coinbase-value-exceeded', { claimed, allowed })
    return ok({
      made: this.#made,
      spent: this.#spent,
      undo: this.#undo,
      fees: this.#fees,
      checks: this.#checks,
    })
  }
}

/** `BlockConnection` in one step. */
export const connectBlock = (block: Block, context: ConnectContext): Result<ConnectedBlock, RuleViolation> =>
  new BlockConnection(block, context).step(Number.POSITIVE_INFINITY)!

/** Takes a connected block's changes back; `undo` is what connecting gave for it. */
export function disconnectBlock({ transactions }: Block, undo: readonly Coin[], height: number): CoinChanges {
  const made = new OutPointMap<Coin>()
  const spent = new OutPointMap<Coin>()
  let next = undo.length
  for (let i = transactions.length - 1; i >= 0; i--) {
    const tx = transactions[i]!
    const coinbase = isCoinbase(tx)
    for (const [vout, { value, scriptPubKey }] of tx.outputs.entries()) {
      if (isUnspendable(scriptPubKey)) continue
      const outPoint = { txid: tx.txid, vout }
      if (!made.delete(outPoint)) spent.set(outPoint, { value, scriptPubKey, height, coinbase })
    }
    if (coinbase) continue
    for (let input = tx.inputs.length - 1; input >= 0; input--) {
      next -= 1
      invariant(next >= 0, 'undo data is shorter than the block')
      made.set(tx.inputs[input]!.prevout, undo[next]!)
    }
  }
  invariant(next === 0, 'undo data is longer than the block')
  return { made, spent }
}
