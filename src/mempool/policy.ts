import { type Err, err, OK, type Result } from '../base/result.ts'
import type { SpentCoins } from '../consensus/connect-transaction.ts'
import { MAX_BLOCK_SIGOPS_COST } from '../consensus/limits.ts'
import type { PolicyCode, PolicyViolation } from '../ports/mempool.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { outputSize, type Transaction, type TxOutput } from '../primitives/transaction.ts'
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

/** Base units a virtual byte at which an output is dust that costs more to spend than it holds. */
export const DUST_RELAY_RATE = 3
/** What the input that spends an output of a witness program adds to a transaction: its witness counts a quarter. */
const SPENDING_INPUT_SIZE = 32 + 4 + 1 + Math.floor(107 / 4) + 4

/** Pending transactions that one may build on, itself included, and their virtual bytes. */
export const MAX_ANCESTORS = 25
export const MAX_ANCESTOR_SIZE = 101_000
/** Pending transactions that may build on one, itself included, and their virtual bytes. */
export const MAX_DESCENDANTS = 25
export const MAX_DESCENDANT_SIZE = 101_000

/** Transactions of a package, and their BIP141 weight together. */
export const MAX_PACKAGE_TRANSACTIONS = 25
export const MAX_PACKAGE_WEIGHT = 404_000

/** BIP125: pending transactions that one replacement may drive out, with all that builds on them. */
export const MAX_REPLACED = 100

/** Base units a virtual byte that a replacement pays on top for its own relay, and steps of the rising floor. */
export const INCREMENTAL_RELAY_RATE = 1

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
  'mempool-conflict':
    'Another pending transaction spends one of its inputs, and it does not pay enough to take its place.',
  'missing-inputs': 'An output that it spends is not known, or is spent.',
  'spends-conflicting': 'It builds on a transaction whose place it would have to take.',
  'replacement-adds-unconfirmed':
    'It would take the place of another, and builds on a pending transaction that the other did not build on.',
  'too-many-replaced': `It would take the place of more than ${MAX_REPLACED} pending transactions.`,
  'fee-below-minimum': 'The fee is below what this node relays.',
  'fee-below-floor': 'The fee is below what the mempool asks for since it was last full.',
  'mempool-full': 'The mempool is full of transactions that pay more.',
  'not-standard': 'It is valid but of a form that this node does not relay.',
  dust: 'An output holds less than it costs to spend it.',
  'too-many-unconfirmed-ancestors': `It builds on more than ${MAX_ANCESTORS - 1} pending transactions, or on too many bytes of them.`,
  'too-many-unconfirmed-descendants': `More than ${MAX_DESCENDANTS - 1} pending transactions, or too many bytes of them, would build on one.`,
  'package-malformed':
    'The transactions do not form a package: each once, after its parents, no two of them spending the same output.',
  'package-too-large': `A package has at most ${MAX_PACKAGE_TRANSACTIONS} transactions and a weight of ${MAX_PACKAGE_WEIGHT}.`,
}

/** @param missing - what it spends and nobody knows */
export function refused(
  code: PolicyCode,
  detail?: string,
  missing?: readonly OutPoint[],
): Err<PolicyViolation> {
  const sentence = SENTENCES[code]
  const message = detail === undefined ? sentence : `${sentence} ${detail}`
  return err({ kind: 'policy', code, message, ...(missing && { missing }) })
}

/** Bitcoin Core's `GetDustThreshold`: below so many base units an output costs more to spend than it holds. */
export const dustLimit = (output: TxOutput): number =>
  isUnspendable(output.scriptPubKey) ? 0 : DUST_RELAY_RATE * (outputSize(output) + SPENDING_INPUT_SIZE)

/** The part of the policy that needs only the transaction. */
export function checkStandard(tx: Transaction): Result<undefined, PolicyViolation> {
  if (tx.weight > MAX_STANDARD_WEIGHT)
    return refused('not-standard', `Its weight is ${tx.weight}, above ${MAX_STANDARD_WEIGHT}.`)
  let data = 0
  for (const [vout, output] of tx.outputs.entries()) {
    if (isUnspendable(output.scriptPubKey)) {
      data += 1
      if (output.scriptPubKey.length > MAX_DATA_SCRIPT)
        return refused('not-standard', 'Its data output is above 80 bytes.')
      continue
    }
    const least = dustLimit(output)
    if (output.value < least)
      return refused('dust', `Output ${vout} holds ${output.value} base units; ${least} are needed.`)
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
