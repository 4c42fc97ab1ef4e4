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
  const answer = await client.block(id)
  if (options.json) return printJson(terminal, answer)
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
    size: answer.size,
    weight: answer.weight,
    transactions: answer.txids?.length,
  })
  for (const txid of answer.txids ?? []) printFacts(terminal, { transaction: txid })
}
