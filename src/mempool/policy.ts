import { type Err, err, OK, type Result } from '../base/result.ts'
import type { SpentCoins } from '../consensus/connect-transaction.ts'
import { MAX_BLOCK_SIGOPS_COST } from '../consensus/limits.ts'
import type { PolicyCode, PolicyViolation } from '../ports/mempool.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { isP2wsh, isUnspendable } from '../script/templates.ts'
import type { ScriptPolicy } from '../script/verdict.ts'

/*
 * What this node relays and mines of its own accord. None of it makes a block invalid: that is `consensus`.
 * Figures are Bitcoin Core's defaults.
 */

/** BIP141 weight of the largest transaction that is relayed. */
export const MAX_STANDARD_WEIGHT = 400_000

/** OP_RETURN, its push and 80 bytes of data. */
export const MAX_DATA_SCRIPT = 83

/** An output below this many base units costs more to spend than it holds, at three base units a virtual byte. */
export const DUST_LIMIT = 294

/** Unconfirmed transactions that one may build on, itself included. */
export const MAX_ANCESTORS = 25

/** The most that the signature operations of one transaction may cost: a fifth of a block's. */
export const MAX_STANDARD_SIGOPS_COST = MAX_BLOCK_SIGOPS_COST / 5

/** The longest witness script of a P2WSH input, in bytes. */
export const MAX_STANDARD_SCRIPT = 3_600

/** The most items that the witness of a P2WSH input holds besides its script, and their size in bytes. */
export const MAX_STANDARD_SCRIPT_ITEMS = 100
export const MAX_STANDARD_SCRIPT_ITEM = 80

/** What Bitcoin Core's MINIMALDATA and DISCOURAGE_UPGRADABLE_NOPS refuse is not relayed. */
export const STANDARD_SCRIPTS: ScriptPolicy = { minimalData: true, discourageUpgradableNops: true }

const SENTENCES: Readonly<Record<PolicyCode, string>> = {
  'already-in-mempool': 'The transaction is pending already.',
  'already-confirmed': 'The transaction is in a block already.',
  'mempool-conflict': 'Another pending transaction spends one of its inputs, and was seen first.',
  'missing-inputs': 'An output that it spends is not known, or is spent.',
  'fee-below-minimum': 'The fee is below what this node relays.',
  'mempool-full': 'The mempool is full of transactions that pay more.',
  'not-standard': 'It is valid but of a form that this node does not relay.',
  dust: `An output is below ${DUST_LIMIT} base units.`,
  'too-many-unconfirmed-ancestors': `It builds on more than ${MAX_ANCESTORS - 1} pending transactions.`,
}

export function refused(code: PolicyCode, detail?: string): Err<PolicyViolation> {
  const sentence = SENTENCES[code]
  return err({ kind: 'policy', code, message: detail === undefined ? sentence : `${sentence} ${detail}` })
}

/** The part of the policy that needs only the transaction. */
export function checkStandard(tx: Transaction): Result<undefined, PolicyViolation> {
  if (tx.weight > MAX_STANDARD_WEIGHT)
    return refused('not-standard', `Its weight is ${tx.weight}, above ${MAX_STANDARD_WEIGHT}.`)
  let data = 0
  for (const { value, scriptPubKey } of tx.outputs) {
    if (isUnspendable(scriptPubKey)) {
      data += 1
      if (scriptPubKey.length > MAX_DATA_SCRIPT)
        return refused('not-standard', 'Its data output is above 80 bytes.')
    } else if (value < DUST_LIMIT) return refused('dust')
  }
  return data > 1 ? refused('not-standard', 'It has more than one data output.') : OK
}

/**
 * The part of the policy that needs the coins that are spent, without running a script: Bitcoin Core's
 * `IsWitnessStandard`. `STANDARD_SCRIPTS` is for when they are run.
 * @param spent - what the rules say of `tx`, which they pass but for its witnesses
 */
export function checkStandardSpend(
  tx: Transaction,
  spent: Pick<SpentCoins, 'coins' | 'sigopsCost'>,
): Result<undefined, PolicyViolation> {
  if (spent.sigopsCost > MAX_STANDARD_SIGOPS_COST)
    return refused('not-standard', `Its signature operations cost ${spent.sigopsCost}.`)
  for (const [index, coin] of spent.coins.entries()) {
    if (!isP2wsh(coin.scriptPubKey)) continue
    const { witness } = tx.inputs[index]!
    const items = witness.slice(0, -1)
    const scriptBytes = witness.at(-1)?.length ?? 0
    if (scriptBytes > MAX_STANDARD_SCRIPT)
      return refused('not-standard', `The script of input ${index} has ${scriptBytes} bytes.`)
    if (items.length > MAX_STANDARD_SCRIPT_ITEMS)
      return refused('not-standard', `The script of input ${index} is given ${items.length} items.`)
    if (items.some((item) => item.length > MAX_STANDARD_SCRIPT_ITEM))
      return refused('not-standard', `The script of input ${index} is given an item that is too long.`)
  }
  return OK
}
