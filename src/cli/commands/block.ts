import { CairnError } from '../../base/errors.ts'
import type { BlockView } from '../../client/views.ts'
import type { ApiClient } from '../api-client.ts'
import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printFacts, printJson } from '../table.ts'

/** `cairn block <hash|height>` */
export async function block(id: string, options: ApiOptions, context: CommandContext): Promise<void> {
  if (!/^(?:[0-9a-fA-F]{64}|\d{1,10})$/.test(id))
    throw new UsageError(`${JSON.stringify(id)} is neither a height nor a hash of 64 hex digits`)
  const { terminal } = context
  const { client } = await connect(options, context)
  const { answer, pruned } = await ask(client, id)
  if (options.json) return printJson(terminal, pruned ? { ...answer, pruned } : answer)
  printFacts(terminal, {
    hash: answer.hash,
    height: answer.height,
    confirmations: answer.confirmations === 0 ? 'not on the best chain' : answer.confirmations,
    previous: answer.previous,
    'merkle root': answer.merkleRoot,
    time: new Date(answer.time * 1000).toISOString(),
    bits: answer.bits,
    nonce: answer.nonce,
    work: answer.work,
    body: pruned ? 'pruned: this node has dropped it to save room' : undefined,
    size: pruned ? undefined : answer.size,
    weight: pruned ? undefined : answer.weight,
    transactions: answer.txids?.length,
  })
  for (const txid of answer.txids ?? []) printFacts(terminal, { transaction: txid })
}

/** The block; of one that the node has pruned, what is left of it. */
async function ask(client: ApiClient, id: string): Promise<{ answer: BlockView; pruned: boolean }> {
  try {
    return { answer: await client.block(id), pruned: false }
  } catch (error) {
    if (!(error instanceof CairnError) || error.code !== 'block-pruned') throw error
    const left = error.details.block as Omit<BlockView, 'size' | 'weight' | 'txids'>
    return { answer: { ...left, size: null, weight: null, txids: null }, pruned: true }
  }
}
