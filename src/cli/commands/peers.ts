import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { printJson, printTable } from '../table.ts'

/** `cairn peers` */
export async function peers(options: ApiOptions, context: CommandContext): Promise<void> {
  const { client } = await connect(options, context)
  const answer = await client.peers()
  if (options.json) return printJson(context.terminal, answer.peers)
  if (answer.peers.length === 0 && context.terminal.interactive) return context.terminal.print('no peers yet')
  const now = context.clock.now()
  printTable(context.terminal, answer.peers, [
    { title: 'PEER', cell: ({ id }) => id },
    { title: 'WAY', cell: ({ inbound }) => (inbound ? 'in' : 'out') },
    { title: 'HEIGHT', align: 'right', cell: ({ hello }) => hello?.height },
    {
      title: 'FOR',
      align: 'right',
      cell: ({ connectedAtMs }) => `${Math.floor((now - connectedAtMs) / 1000)} s`,
    },
    { title: 'VERSION', cell: ({ hello }) => hello?.userAgent },
    { title: 'ADDRESS', cell: ({ address }) => address },
  ])
}
