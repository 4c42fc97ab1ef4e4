import {
  LOCKTIME_THRESHOLD,
  SEQUENCE_DISABLE,
  SEQUENCE_FINAL,
  SEQUENCE_MASK,
  SEQUENCE_TYPE_TIME,
} from '../primitives/lock-fields.ts'
import type { TransactionFields } from '../primitives/transaction.ts'

/** BIP68: relative times count in units of 512 seconds. */
const SEQUENCE_GRANULARITY = 9

/**
 * Whether a transaction's absolute lock has passed in a block at `height`.
 * @param medianTimePast - BIP113: of the block's parent
 */
export function isFinal(tx: TransactionFields, height: number, medianTimePast: number): boolean {
  if (tx.lockTime === 0) return true
  const reached = tx.lockTime < LOCKTIME_THRESHOLD ? height : medianTimePast
  return tx.lockTime < reached || tx.inputs.every((input) => input.sequence === SEQUENCE_FINAL)
}

/** What BIP68 asks of the chain on which a transaction is held to its relative locks. */
export interface LockContext {
  /** of the block that is to hold the transaction */
  readonly height: number
  /** of that block's parent, in seconds */
  readonly medianTimePast: number
  /** median time past of the ancestor at a height, in seconds */
  medianTimePastAt(height: number): number
}

/** BIP68: whether each input's relative lock has passed; `coins` are those that it spends, in order. */
export function sequenceLocksMet(
  tx: TransactionFields,
  coins: readonly { readonly height: number }[],
  context: LockContext,
): boolean {
  if (tx.version < 2) return true
  return tx.inputs.every(({ sequence }, index) => {
    if ((sequence & SEQUENCE_DISABLE) !== 0) return true
    const coinHeight = coins[index]!.height
    const relative = sequence & SEQUENCE_MASK
    if ((sequence & SEQUENCE_TYPE_TIME) === 0) return coinHeight + relative <= context.height
    // BIP68: time counts from the median time past of the block before the one that holds the coin.
    const from = context.medianTimePastAt(Math.max(coinHeight - 1, 0))
    return from + relative * 2 ** SEQUENCE_GRANULARITY <= context.medianTimePast
  })
}
