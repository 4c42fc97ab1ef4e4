import { OK, type Result } from '../base/result.ts'
import type { Block } from '../primitives/block.ts'
import { hashIdsBytes, toHashId } from '../primitives/hash.ts'
import { merkleRoot } from '../primitives/merkle.ts'
import { isCoinbase } from '../primitives/transaction.ts'
import { checkTransaction } from './check-transaction.ts'
import { beginsWithHeight } from './coinbase.ts'
import { MAX_BLOCK_WEIGHT } from './limits.ts'
import { isFinal } from './locktime.ts'
import { broken, type RuleViolation } from './rules.ts'
import { checkWitnessCommitment } from './witness-commitment.ts'

/** Where in the chain a block stands. */
export interface BlockContext {
  readonly height: number
  /** BIP113: of the parent, in seconds */
  readonly medianTimePast: number
}

/**
 * Whether these are the transactions that the header commits to, witnesses included. A fault may have been put into the
 * body on its way here, and says nothing about the honest block under the same hash (`BODY_FAULTS`).
 */
export function checkBody({ header, transactions }: Block): Result<undefined, RuleViolation> {
  if (transactions.length === 0) return broken('block-without-transactions')
  const { root, mutated } = merkleRoot(hashIdsBytes(transactions.map((tx) => tx.txid)))
  const merkle = toHashId(root)
  if (merkle !== header.merkleRoot) return broken('merkle-root-mismatch', { root: merkle })
  if (mutated) return broken('merkle-tree-mutated')
  const [coinbase, ...others] = transactions
  if (!isCoinbase(coinbase!)) return broken('coinbase-missing')
  const repeated = others.findIndex(isCoinbase)
  if (repeated >= 0) return broken('coinbase-repeated', { index: repeated + 1 })
  const commitmentFault = checkWitnessCommitment(transactions)
  return commitmentFault === undefined ? OK : broken(commitmentFault)
}

/** The rules on a block that need its place in the chain but no coins; what its header commits to is checked first. */
export function checkBlock(block: Block, context: BlockContext): Result<undefined, RuleViolation> {
  const committed = checkBody(block)
  if (!committed.ok) return committed
  const { transactions } = block
  const coinbase = transactions[0]

  if (block.weight > MAX_BLOCK_WEIGHT) return broken('block-weight-exceeded', { weight: block.weight })
  if (!beginsWithHeight(coinbase!.inputs[0]!.scriptSig, context.height))
    return broken('coinbase-height-wrong', { height: context.height })
  for (const tx of transactions) {
    const checked = checkTransaction(tx)
    if (!checked.ok) return broken(checked.error.code, { ...checked.error.details, txid: tx.txid })
    if (!isFinal(tx, context.height, context.medianTimePast))
      return broken('transaction-not-final', { txid: tx.txid, lockTime: tx.lockTime })
  }
  return OK
}

/** Faults that a body can be given under an honest header: the block is refused, its hash is not condemned. */
export const BODY_FAULTS: ReadonlySet<string> = new Set([
  'malformed',
  'block-without-transactions',
  'merkle-root-mismatch',
  'merkle-tree-mutated',
  // 64 bytes can be both two txids in the tree and a forged transaction with the same root (CVE-2017-12842).
  'coinbase-missing',
  'witness-commitment-mismatch',
  'witness-reserved-value-wrong',
  'witness-unexpected',
] satisfies RuleViolation['code'][])
