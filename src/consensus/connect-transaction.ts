import { ok, type Result } from '../base/result.ts'
import type { Coin } from '../primitives/coin.ts'
import { isMoney, MAX_MONEY } from '../primitives/money.ts'
import { type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { createSighashCache } from '../script/sighash.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { checkWitness } from '../script/witness.ts'
import { type LockContext, sequenceLocksMet } from './locktime.ts'
import type { NetworkDefinition } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'

/** Unspent outputs by outpoint, already fetched. */
export interface CoinLookup {
  get(key: OutPointKey): Coin | undefined
}

/** What spending a transaction's inputs comes to. */
export interface SpentInputs {
  /** the coins it spends, in the order of its inputs */
  readonly coins: readonly Coin[]
  /** base units */
  readonly fee: number
  /** BIP141 signature-operation cost */
  readonly sigopsCost: number
  /** what is left to verify */
  readonly checks: readonly SignatureCheck[]
}

/** BIP141: a P2WPKH input costs one signature operation. */
const KEY_HASH_SIGOPS_COST = 1

/** The rules on the inputs of a transaction that is no coinbase, held against coins and a place in the chain. */
export function checkInputs(
  tx: Transaction,
  lookup: CoinLookup,
  context: LockContext,
  parameters: NetworkDefinition,
): Result<SpentInputs, RuleViolation> {
  const coins: Coin[] = []
  let total = 0
  for (const [index, input] of tx.inputs.entries()) {
    const coin = lookup.get(outPointKey(input.prevout))
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
  const heights = coins.map((coin) => coin.height)
  if (!sequenceLocksMet(tx, heights, context)) return broken('sequence-lock-unmet', { txid: tx.txid })

  const cache = createSighashCache(tx)
  const checks: SignatureCheck[] = []
  for (const [index, coin] of coins.entries()) {
    const witness = checkWitness(cache, index, coin)
    if (!witness.ok) return broken(witness.error, { txid: tx.txid, index })
    for (const check of witness.value) checks.push(check)
  }
  return ok({ coins, fee: total - spent, sigopsCost: coins.length * KEY_HASH_SIGOPS_COST, checks })
}
