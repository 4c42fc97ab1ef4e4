import { formatCoins, parseCoins } from '../primitives/money.ts'
import { decodeAddress } from '../script/address.ts'
import type { Recipient } from '../wallet/payment-plan.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'

export interface RecipientOptions {
  /** `<address>=<coins>`, or one address with `amount` or `all` */
  readonly to?: readonly string[]
  readonly toFile?: string
  readonly amount?: string
  readonly all?: boolean
}

/** Whom to pay how much, or who gets everything. */
export type Payees =
  | { readonly kind: 'amounts'; readonly to: readonly Recipient[] }
  | { readonly kind: 'all'; readonly to: string }

/** 2,000 outputs do not fit into a payment anyway. */
const MAX_FILE_BYTES = 256 * 1024

/** An address of the network, or a usage error that names the option. */
export function addressOption(option: string, address: string, prefix: string): string {
  const script = decodeAddress(address, prefix)
  if (!script.ok) throw new UsageError(`${option} is ${JSON.stringify(address)}: ${script.error.message}`)
  return address
}

export function amountOption(option: string, text: string): number {
  const value = parseCoins(text)
  if (value === undefined || value === 0)
    throw new UsageError(`${option} is ${JSON.stringify(text)}, but has to be a number of coins such as 1.5`)
  return value
}

export async function payeesOf(
  options: RecipientOptions,
  prefix: string,
  { machine }: Pick<CommandContext, 'machine'>,
): Promise<Payees> {
  const { to = [], toFile, amount, all } = options
  const [first] = to
  if (amount !== undefined || all) {
    if (first === undefined || to.length > 1 || first.includes('=') || toFile !== undefined)
      throw new UsageError(`${all ? '--all' : '--amount'} goes with one --to <address>`)
    if (all && amount !== undefined) throw new UsageError('--amount and --all exclude each other')
    const address = addressOption('--to', first, prefix)
    if (amount === undefined) return { kind: 'all', to: address }
    return { kind: 'amounts', to: [{ address, value: amountOption('--amount', amount) }] }
  }
  const lines = [...to]
  if (toFile !== undefined) {
    const path = machine.resolvePath(machine.workingDirectory, toFile)
    const text = await machine.readTextFile(path, MAX_FILE_BYTES)
    lines.push(...text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#')))
  }
  if (lines.length === 0)
    throw new UsageError('whom to pay? --to <address> --amount <coins>, or --to <address>=<coins>')
  return { kind: 'amounts', to: lines.map((line) => recipientOf(line, prefix)) }
}

/** `<address>=<coins>`, in a file also apart by white space or a comma. */
function recipientOf(line: string, prefix: string): Recipient {
  const [address = '', amount, ...more] = line.trim().split(/\s*[=,\s]\s*/)
  if (amount === undefined || more.length > 0)
    throw new UsageError(
      `--to is ${JSON.stringify(line)}, but has to be <address>=<coins>, or go with --amount`,
    )
  return {
    address: addressOption('--to', address, prefix),
    value: amountOption(`the amount of ${address}`, amount),
  }
}

export const totalOf = (to: readonly Recipient[]): number => to.reduce((sum, { value }) => sum + value, 0)

/** As a person reads them: one with its amount, or how many. */
export const recipientsText = (to: readonly Recipient[]): string =>
  to.length === 1
    ? to[0]!.address
    : to.map(({ address, value }) => `${address}=${formatCoins(value)}`).join(' ')
