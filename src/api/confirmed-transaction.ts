import { CairnError } from '../base/errors.ts'
import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Block } from '../primitives/block.ts'
import type { Txid } from '../primitives/hash.ts'
import { refusePruned } from './pruned.ts'

export interface ConfirmedTransaction {
  readonly entry: ChainEntry
  readonly block: Block
  /** of the transaction in the block */
  readonly position: number
}

/** Where a transaction stands on the best chain. Rejects with `transaction-index-off` or `block-pruned`. */
export async function confirmedTransaction(
  chain: ChainView,
  txid: Txid,
): Promise<ConfirmedTransaction | undefined> {
  const hash = await chain.transactionBlock(txid)
  const entry = hash === undefined ? undefined : chain.entry(hash)
  // The index follows the best chain; between the two questions the block may have left it.
  if (hash === undefined || entry === undefined || !chain.isConnected(hash)) return undefined
  refusePruned(chain, entry, `the body of block ${hash}, which holds transaction ${txid},`)
  const block = await chain.block(hash)
  const position = block?.transactions.findIndex((tx) => tx.txid === txid) ?? -1
  if (block === undefined || position < 0)
    throw new CairnError(
      'index-inconsistent',
      'the transaction index names a block without the transaction',
      { txid, block: hash },
    )
  return { entry, block, position }
}
