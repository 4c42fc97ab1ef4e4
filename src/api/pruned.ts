import type { ChainEntry, ChainView } from '../ports/chain.ts'
import { ApiProblem } from './problem.ts'
import { confirmationsOf, headerView } from './views.ts'

/** Refuses what needs the body of a block that has been dropped; `details.block` is what is still known of the block. */
export function refusePruned(chain: ChainView, entry: ChainEntry, wanted: string): void {
  if (!chain.isPruned(entry.hash)) return
  const lowestBody = chain.pruning()?.lowestBody
  const kept = lowestBody === undefined ? '' : `: this node keeps the blocks from height ${lowestBody} on`
  throw new ApiProblem(410, 'block-pruned', `${wanted} has been pruned${kept}`, {
    block: { ...headerView(entry), confirmations: confirmationsOf(chain, entry) },
    lowestBody,
  })
}
