import { formatCoins } from '../../primitives/money.ts'
import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printFacts, printJson } from '../table.ts'

/** `cairn tx <txid>` */
export async function tx(txid: string, options: ApiOptions, context: CommandContext): Promise<void> {
  if (!/^[0-9a-fA-F]{64}$/.test(txid))
    throw new UsageError(`${JSON.stringify(txid)} is no transaction id: those have 64 hex digits`)
  const { terminal } = context
  const { client } = await connect(options, context)
  const answer = await client.transaction(txid)
  if (options.json) return printJson(terminal, answer)
  const { block } = answer
  printFacts(terminal, {
    txid: answer.txid,
    status: block === null ? 'pending' : `confirmed (${block.confirmations})`,
    block: block === null ? undefined : `${block.height} ${block.hash}`,
    fee: answer.fee === null ? undefined : formatCoins(answer.fee),
    size: `${answer.virtualSize} vbytes`,
  })
  for (const { txid: spent, vout } of answer.coinbase ? [] : answer.inputs)
    printFacts(terminal, { input: `${spent}:${vout}` })
  for (const { value, address, scriptPubKey } of answer.outputs)
    printFacts(terminal, { output: `${formatCoins(value)} ${address ?? `script ${scriptPubKey}`}` })
}
