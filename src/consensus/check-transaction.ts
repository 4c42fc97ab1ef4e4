import { OK, type Result } from '../base/result.ts'
import { isMoney, MAX_MONEY } from '../primitives/money.ts'
import { isNullOutPoint, outPointKey } from '../primitives/outpoint.ts'
import { isCoinbase, type Transaction } from '../primitives/transaction.ts'
import { isKnownScript } from '../script/templates.ts'
import { MAX_BLOCK_WEIGHT, MAX_COINBASE_SCRIPT, MIN_COINBASE_SCRIPT, TRANSACTION_VERSION } from './limits.ts'
import { broken, type RuleViolation } from './rules.ts'

/** The rules on a transaction that need nothing but the transaction. */
export function checkTransaction(tx: Transaction): Result<undefined, RuleViolation> {
  if (tx.version !== TRANSACTION_VERSION)
    return broken('transaction-version-unknown', { version: tx.version })
  if (tx.outputs.length === 0) return broken('outputs-empty')
  const { baseSize } = tx
  // BIP141: a byte that is no witness weighs four.
  if (4 * baseSize > MAX_BLOCK_WEIGHT) return broken('transaction-weight-exceeded', { baseSize })

  let total = 0
  for (let index = 0; index < tx.outputs.length; index++) {
    const output = tx.outputs[index]!
    if (!isMoney(output.value)) return broken('output-value-out-of-range', { index, value: output.value })
    total += output.value
    if (total > MAX_MONEY) return broken('output-total-out-of-range', { index })
    if (!isKnownScript(output.scriptPubKey)) return broken('output-script-unknown', { index })
  }

  if (isCoinbase(tx)) {
    const length = tx.inputs[0]!.scriptSig.length
    if (length < MIN_COINBASE_SCRIPT || length > MAX_COINBASE_SCRIPT)
      return broken('coinbase-script-size', { length })
    return OK
  }

  for (let index = 0; index < tx.inputs.length; index++) {
    const input = tx.inputs[index]!
    if (isNullOutPoint(input.prevout)) return broken('prevout-null', { index })
    if (input.scriptSig.length > 0) return broken('script-sig-not-empty', { index })
  }
  return tx.inputs.length > 1 && repeatsInput(tx) ? broken('input-repeated') : OK
}

function repeatsInput({ inputs }: Transaction): boolean {
  return new Set(inputs.map(({ prevout }) => outPointKey(prevout))).size < inputs.length
}
