import { OK, ok, type Result } from '../base/result.ts'
import type { Coin } from '../primitives/coin.ts'
import { isMoney, MAX_MONEY } from '../primitives/money.ts'
import { type OutPoint, outPointKey } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { SighashCache } from '../script/sighash.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { witnessSigops } from '../script/sigops.ts'
import { checkWitness } from '../script/witness.ts'
import { type LockContext, sequenceLocksMet } from './locktime.ts'
import type { NetworkDefinition } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'

/** Unspent outputs by outpoint, already fetched. */
export interface CoinLookup {
  get(outPoint: OutPoint): Coin | undefined
}

/** The coins that a transaction spends, and what is left of them. */
export interface SpentCoins {
  /** in the order of its inputs */
  readonly coins: readonly Coin[]
  /** base units */
  readonly fee: number
  /** BIP141 signature-operation cost */
  readonly sigopsCost: number
}

/**
 * The rules on what a transaction that is no coinbase spends, held against coins and a place in the chain: all but
 * its witnesses.
 */
export function spendCoins(
  tx: Transaction,
  lookup: CoinLookup,
  context: LockContext,
  parameters: NetworkDefinition,
): Result<SpentCoins, RuleViolation> {
  const coins: Coin[] = []
  let total = 0
  for (let index = 0; index < tx.inputs.length; index++) {
    const input = tx.inputs[index]!
    const coin = lookup.get(input.prevout)
    if (coin === undefined)
      return broken('input-missing-or-spent', { txid: tx.txid, index, outPoint: outPointKey(input.prevout) })
    if (coin.coinbase && context.height - coin.height < parameters.maturity)
      return broken('coinbase-immature', {
        txid: tx.txid,
        index,
        age: context.height - coin.height,
        maturity: parameters.maturity,
      })
    total += coin.value
    if (!isMoney(coin.value) || total > MAX_MONEY)
      return broken('input-total-out-of-range', { txid: tx.txid, index })
    coins.push(coin)
  }

  const spent = tx.outputs.reduce((sum, output) => sum + output.value, 0)
  if (spent > total) return broken('outputs-exceed-inputs', { txid: tx.txid, inputs: total, outputs: spent })
  if (!sequenceLocksMet(tx, coins, context)) return broken('sequence-lock-unmet', { txid: tx.txid })
  let sigopsCost = 0
  for (const [index, coin] of coins.entries())
    sigopsCost += witnessSigops(coin.scriptPubKey, tx.inputs[index]!.witness)
  return ok({ coins, fee: total - spent, sigopsCost })
}

/**
 * The rules on the witness of input `index`; the signatures that it leaves to verify go onto `checks`.
 * @param cache - of `tx`, shared by its inputs
 */
export function checkInputWitness(
  tx: Transaction,
  index: number,
  coin: Coin,
  cache: SighashCache,
  checks: SignatureCheck[],
): Result<undefined, RuleViolation> {
  const witness = checkWitness(cache, index, coin)
  if (!witness.ok) return broken(witness.error, { txid: tx.txid, index })
  for (const check of witness.value) checks.push(check)
  return OK
}
