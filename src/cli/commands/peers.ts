import type { PeerDetails } from '../../client/views.ts'
import type { ApiClient } from '../api-client.ts'
import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { durationText } from '../duration.ts'
import { printJson, printTable } from '../table.ts'

export interface PeersOptions extends ApiOptions {
  readonly banned?: boolean
}

/** `cairn peers` */
export async function peers(options: PeersOptions, context: CommandContext): Promise<void> {
  const { client } = await connect(options, context)
  await (options.banned ? printBans : printPeers)(client, options, context)
}

async function printPeers(client: ApiClient, { json }: ApiOptions, context: CommandContext): Promise<void> {
  const { terminal, clock } = context
  const answer = await client.peers()
  if (json) return printJson(terminal, answer.peers)
  if (answer.peers.length === 0 && terminal.interactive) return terminal.print('no peers yet')
  printTable(terminal, answer.peers, [
    { title: 'PEER', cell: ({ id }) => id },
    { title: 'WAY', cell: ({ inbound }) => (inbound ? 'in' : 'out') },
    { title: 'HEIGHT', align: 'right', cell: ({ hello }) => hello?.height },
    {
      title: 'FOR',
      align: 'right',
      cell: ({ connectedAtMs }) => durationText(clock.now() - connectedAtMs),
    },
    {
      title: 'PING',
      align: 'right',
      cell: ({ latencyMs }) => (latencyMs === null ? null : `${Math.ceil(latencyMs)} ms`),
    },
    { title: 'SCORE', align: 'right', cell: ({ score }) => score },
    { title: 'GOSSIP', align: 'right', cell: ({ gossipScore }) => gossipScore },
    { title: 'BLOCKS', align: 'right', cell: ({ brought }) => brought.blocks },
    { title: 'TXS', align: 'right', cell: ({ brought }) => brought.transactions },
    { title: 'ROLE', cell: roleOf },
    { title: 'VERSION', cell: ({ hello }) => hello?.userAgent },
    { title: 'ADDRESS', cell: ({ address }) => address },
  ])
}

function roleOf(peer: PeerDetails): string | undefined {
  const roles = (['anchor', 'feeler', 'protected'] as const).filter((role) => peer[role])
  return roles.length === 0 ? undefined : roles.join(',')
}

async function printBans(client: ApiClient, { json }: ApiOptions, context: CommandContext): Promise<void> {
  const { terminal, clock } = context
  const { bans } = await client.bans()
  if (json) return printJson(terminal, bans)
  if (bans.length === 0 && terminal.interactive) return terminal.print('nobody is banned')
  printTable(terminal, bans, [
    { title: 'PEER', cell: ({ id }) => id },
    { title: 'FOR', align: 'right', cell: ({ untilMs }) => durationText(untilMs - clock.now()) },
    { title: 'REASON', cell: ({ reason }) => reason },
  ])
}
