import { decodeAddress } from '../../script/address.ts'
import { withLabel } from '../../wallet/notes.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printFacts, printJson, printTable } from '../table.ts'
import { DEFAULT_WALLET, loadWallet } from '../wallets.ts'

export interface LabelOptions extends NodeOptions {
  readonly from?: string
}

/** `cairn wallet label`: names a payment or an address, takes the name back, or lists all names. */
export async function labelWallet(
  given: string | undefined,
  text: string | undefined,
  options: LabelOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const config = await configOf(options, context)
  const target = given?.toLowerCase()
  const isTarget =
    target === undefined || /^[0-9a-f]{64}$/.test(target) || decodeAddress(target, config.network.prefix).ok
  if (!isTarget)
    throw new UsageError(
      `${JSON.stringify(given)} is neither a transaction id nor an address of the network ${config.network.name}`,
    )
  const stored = await loadWallet(options.from ?? DEFAULT_WALLET, config, context)
  const notes = await stored.notes()
  if (target === undefined) {
    const rows = Object.entries(notes.labels).map(([of, label]) => ({ of, label }))
    if (options.json) return printJson(terminal, rows)
    if (rows.length === 0 && terminal.interactive) return terminal.print('no labels yet')
    return printTable(terminal, rows, [
      { title: 'OF', cell: ({ of }) => of },
      { title: 'LABEL', cell: ({ label }) => label },
    ])
  }
  await stored.saveNotes(withLabel(notes, target, text ?? ''))
  const label = text || null
  if (options.json) return printJson(terminal, { of: target, label })
  printFacts(terminal, { of: target, label })
}
