import { invariant } from '../base/errors.ts'
import { ok, type Result } from '../base/result.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import { isCoinbase, type Transaction } from '../primitives/transaction.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { isUnspendable } from '../script/templates.ts'
import { type CoinLookup, checkInputs } from './connect-transaction.ts'
import { MAX_BLOCK_SIGOPS_COST } from './limits.ts'
import type { LockContext } from './locktime.ts'
import type { NetworkDefinition } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'
import { blockSubsidy } from './subsidy.ts'

/** What a block does to the coins. */
export interface CoinChanges {
  /** coins after the block: a new one, or undefined where it is spent; in no particular order */
  readonly after: ReadonlyMap<OutPointKey, Coin | undefined>
}

export interface ConnectedBlock extends CoinChanges {
  /** undo data: the coins spent by each input, in the block's order */
  readonly undo: readonly Coin[]
  /** base units */
  readonly fees: number
  /** signatures that have to hold for the block to be valid */
  readonly checks: readonly SignatureCheck[]
}

function createOutputs(tx: Transaction, height: number, after: Map<OutPointKey, Coin | undefined>): void {
  const coinbase = isCoinbase(tx)
  for (const [vout, { value, scriptPubKey }] of tx.outputs.entries()) {
    if (isUnspendable(scriptPubKey)) continue
    after.set(outPointKey({ txid: tx.txid, vout }), { value, scriptPubKey, height, coinbase })
  }
}

/**
 * Spends and makes the coins of a block that `checkBlock` has passed; everything but the signatures themselves.
 * @param before - the coins that its inputs name, as of the parent
 */
export function connectBlock(
  block: Block,
  before: CoinLookup,
  context: LockContext,
  parameters: NetworkDefinition,
): Result<ConnectedBlock, RuleViolation> {
  const after = new Map<OutPointKey, Coin | undefined>()
  const lookup: CoinLookup = { get: (key) => (after.has(key) ? after.get(key) : before.get(key)) }
  const undo: Coin[] = []
  const checks: SignatureCheck[] = []
  let fees = 0
  let sigopsCost = 0
  for (const tx of block.transactions) {
    if (!isCoinbase(tx)) {
      const spent = checkInputs(tx, lookup, context, parameters)
      if (!spent.ok) return spent
      fees += spent.value.fee
      if (fees > MAX_MONEY) return broken('fees-out-of-range', { txid: tx.txid })
      sigopsCost += spent.value.sigopsCost
      if (sigopsCost > MAX_BLOCK_SIGOPS_COST)
        return broken('signature-operations-exceeded', { cost: sigopsCost })
      for (const input of tx.inputs) after.set(outPointKey(input.prevout), undefined)
      for (const coin of spent.value.coins) undo.push(coin)
      for (const check of spent.value.checks) checks.push(check)
    }
    createOutputs(tx, context.height, after)
  }

  const coinbase = block.transactions[0]!
  const claimed = coinbase.outputs.reduce((sum, output) => sum + output.value, 0)
  const allowed = blockSubsidy(context.height, parameters) + fees
  if (claimed > allowed) return broken('coinbase-value-exceeded', { claimed, allowed })
  return ok({ after, undo, fees, checks })
}

/** The coins as they were before a connected block; `undo` is what `connectBlock` gave for it. */
export function disconnectBlock(block: Block, undo: readonly Coin[]): CoinChanges {
  const after = new Map<OutPointKey, Coin | undefined>()
  let next = undo.length
  for (const tx of [...block.transactions].reverse()) {
    for (const [vout, { scriptPubKey }] of tx.outputs.entries())
      if (!isUnspendable(scriptPubKey)) after.set(outPointKey({ txid: tx.txid, vout }), undefined)
    if (isCoinbase(tx)) continue
    for (const input of [...tx.inputs].reverse()) {
      next -= 1
      invariant(next >= 0, 'undo data is shorter than the block')
      after.set(outPointKey(input.prevout), undo[next])
    }
  }
  invariant(next === 0, 'undo data is longer than the block')
  return { after }
}
