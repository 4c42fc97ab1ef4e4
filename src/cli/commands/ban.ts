import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { parseDuration } from '../duration.ts'
import { UsageError } from '../failure.ts'
import { printJson } from '../table.ts'

export interface BanOptions extends ApiOptions {
  readonly for?: string
  readonly reason?: string
}

const DEFAULT_BAN = '24h'
const MAX_BAN_SECONDS = 10 * 366 * 86_400
const MAX_REASON = 200
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{32,80}$/

function requirePeerId(text: string): void {
  if (!PEER_ID.test(text)) throw new UsageError(`${JSON.stringify(text)} is no peer id such as 12D3KooW…`)
}

/** `cairn ban` */
export async function ban(peer: string, options: BanOptions, context: CommandContext): Promise<void> {
  requirePeerId(peer)
  const duration = options.for ?? DEFAULT_BAN
  const seconds = parseDuration(duration, '--for', MAX_BAN_SECONDS)
  const { reason } = options
  if (reason !== undefined && (reason === '' || reason.length > MAX_REASON))
    throw new UsageError(`--reason has to have 1 to ${MAX_REASON} characters`)
  const { client } = await connect(options, context)
  const answer = await client.ban(peer, { seconds, ...(reason === undefined ? {} : { reason }) })
  if (options.json) return printJson(context.terminal, answer)
  context.terminal.print(`${answer.id} is banned until ${new Date(answer.untilMs).toISOString()}`)
}

/** `cairn unban` */
export async function unban(peer: string, options: ApiOptions, context: CommandContext): Promise<void> {
  requirePeerId(peer)
  const { client } = await connect(options, context)
  const answer = await client.unban(peer)
  if (options.json) return printJson(context.terminal, answer)
  context.terminal.print(`${answer.id} is not banned any more`)
}
