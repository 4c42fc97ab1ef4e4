import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printFacts, printJson } from '../table.ts'

/** `cairn invalidate <hash>` and `cairn reconsider <hash>` */
export async function judge(
  verdict: 'invalidate' | 'reconsider',
  hash: string,
  options: ApiOptions,
  context: CommandContext,
): Promise<void> {
  if (!/^[0-9a-fA-F]{64}$/.test(hash))
    throw new UsageError(`${JSON.stringify(hash)} is no block hash: those have 64 hex digits`)
  const { terminal } = context
  const { client } = await connect(options, context)
  const answer = await client.judge(hash, verdict)
  if (options.json) return printJson(terminal, answer)
  printFacts(terminal, {
    block: `${answer.block.height} ${answer.block.hash}`,
    verdict: verdict === 'invalidate' ? 'invalid, with all that descends from it' : 'taken back',
    'on the best chain': answer.connected ? 'yes' : 'no',
    tip: `${answer.tip.height} ${answer.tip.hash}`,
  })
}
