import { formatCoins } from '../../primitives/money.ts'
import { connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { printJson, printTable } from '../table.ts'
import {
  type HistoryEntry,
  type HistoryRequest,
  labelsByTransaction,
  readHistory,
} from '../wallet-history.ts'
import { type AccountOptions, accountOption, wholeOption } from '../wallet-options.ts'
import { noteIncomplete, scanAccount } from '../wallet-scan.ts'
import { loadWallet } from '../wallets.ts'

const MAX_LIMIT = 10_000

export interface HistoryOptions extends ApiOptions, AccountOptions {
  readonly limit?: string
}

/** `cairn wallet history` */
export async function walletHistory(
  name: string,
  options: HistoryOptions,
  context: CommandContext,
): Promise<void> {
  const number = accountOption(options)
  const limit = wholeOption('--limit', options.limit, 1, MAX_LIMIT) ?? 50
  const { client, config } = await connectToNetwork(options, context)
  const stored = await loadWallet(name, config, context)
  const { wallet } = stored
  const accounts = number === undefined ? wallet.accounts : [wallet.account(number)]
  // Finds addresses in use that this file does not know of yet.
  for (const account of accounts) await scanAccount(account, stored, client, config, context)
  const before = await stored.notes()
  const request: HistoryRequest = {
    accounts,
    gapLimit: wallet.gapLimit,
    prefix: config.network.prefix,
    notes: before,
    limit,
    onIncomplete: noteIncomplete(context),
  }
  const { entries, notes } = await readHistory(client, request)
  if (JSON.stringify(notes) !== JSON.stringify(before)) await stored.saveNotes(notes)
  const byAddress = await labelsByTransaction(client, notes, limit)
  const rows = entries.map(
    (entry): Row => ({
      ...entry,
      label: notes.labels[entry.txid] ?? byAddress.get(entry.txid)?.join(', ') ?? null,
    }),
  )
  const { terminal } = context
  if (options.json) return printJson(terminal, rows)
  if (rows.length === 0 && terminal.interactive) return terminal.print('nothing was received or paid yet')
  printTable<Row>(terminal, rows, [
    { title: 'TIME', cell: ({ time }) => new Date(time * 1000).toISOString() },
    { title: 'AMOUNT', align: 'right', cell: ({ net }) => signed(net) },
    { title: 'FEE', align: 'right', cell: ({ fee }) => (fee === null ? null : formatCoins(fee)) },
    { title: 'STATUS', cell: statusText },
    { title: 'TXID', cell: ({ txid }) => txid },
    { title: 'LABEL', cell: ({ label }) => label },
  ])
}

type Row = HistoryEntry & { readonly label: string | null }

const signed = (net: number): string => (net < 0 ? `-${formatCoins(-net)}` : `+${formatCoins(net)}`)

function statusText({ status, confirmations, by }: HistoryEntry): string {
  if (status === 'confirmed') return `${confirmations} confirmation${confirmations === 1 ? '' : 's'}`
  return by === null ? status : `${status} by ${by}`
}
