import { formatCoins } from '../../primitives/money.ts'
import { balanceOf } from '../../wallet/coins.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext, NodeOptions } from '../context.ts'
import { UsageError } from '../failure.ts'
import { newPassphrase, type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { printFacts, printJson, printTable } from '../table.ts'
import { scanWallet } from '../wallet-scan.ts'
import {
  currentAddress,
  ensureNew,
  loadWallet,
  loadWallets,
  makeWallet,
  restoreWallet,
  type StoredWallet,
} from '../wallets.ts'

export interface CreateOptions extends NodeOptions, PassphraseOptions {
  readonly words?: string
}

/** `cairn wallet create` */
export async function createWallet(
  name: string,
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  const { words = '12' } = options
  if (words !== '12' && words !== '24') throw new UsageError('--words has to be 12 or 24')
  const config = await configOf(options, context)
  await ensureNew(name, config)
  const passphrase = await newPassphrase(options, context)
  const made = await makeWallet({ name, passphrase, words: words === '12' ? 12 : 24 }, config, context)
  const { address } = currentAddress(made.wallet)
  if (options.json)
    return printJson(context.terminal, { name, path: made.path, address, mnemonic: made.mnemonic })
  printFacts(context.terminal, { wallet: name, file: made.path, address, words: made.mnemonic })
  context.terminal.note('Write the words down and keep them secret: whoever has them has the coins.')
  warnOfNoPassphrase(passphrase, context)
}

export interface ImportOptions extends NodeOptions, PassphraseOptions {
  readonly wordsFile?: string
}

const MAX_WORDS_BYTES = 4_096

/** `cairn wallet import` */
export async function importWallet(
  name: string,
  options: ImportOptions,
  context: CommandContext,
): Promise<void> {
  const { machine, terminal } = context
  const config = await configOf(options, context)
  await ensureNew(name, config)
  const mnemonic =
    options.wordsFile === undefined
      ? await terminal.secrets.ask('The 12 or 24 words: ')
      : await machine.readTextFile(
          machine.resolvePath(machine.workingDirectory, options.wordsFile),
          MAX_WORDS_BYTES,
        )
  const passphrase = await newPassphrase(options, context)
  const restored = await restoreWallet({ name, passphrase, mnemonic }, config, context)
  const { address } = currentAddress(restored.wallet)
  if (options.json) return printJson(terminal, { name, path: restored.path, address })
  printFacts(terminal, { wallet: name, file: restored.path, address })
  terminal.note('`cairn wallet balance` finds its coins.')
  warnOfNoPassphrase(passphrase, context)
}

function warnOfNoPassphrase(passphrase: string, { terminal }: CommandContext): void {
  if (passphrase === '') terminal.note('It has no passphrase: whoever can read the file has the coins.')
}

/** `cairn wallet list` */
export async function listWallets(options: NodeOptions, context: CommandContext): Promise<void> {
  const { terminal } = context
  const wallets = await loadWallets(await configOf(options, context), context)
  const rows = wallets.map(({ name, path, wallet }) => ({ name, address: shownAddress(wallet), path }))
  if (options.json) return printJson(terminal, rows)
  if (rows.length === 0 && terminal.interactive)
    return terminal.print('no wallets yet: make one with `cairn wallet create`')
  printTable(terminal, rows, [
    { title: 'WALLET', cell: ({ name }) => name },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'FILE', cell: ({ path }) => path },
  ])
}

/** The current address without handing one out. */
const shownAddress = (wallet: StoredWallet['wallet']): string =>
  wallet.address(Math.max(0, wallet.keystore().next.receive - 1)).address

export interface AddressOptions extends NodeOptions {
  readonly new?: boolean
}

/** `cairn wallet address` */
export async function walletAddress(
  name: string,
  options: AddressOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const { wallet, save } = await loadWallet(name, await configOf(options, context), context)
  const handedOut = options.new ? wallet.nextReceiveAddress() : undefined
  const { address, index } = handedOut ?? currentAddress(wallet)
  await save()
  if (options.json) printJson(terminal, { name, address, index })
  else terminal.print(address)
  if (handedOut?.beyondGap)
    terminal.note(
      'Many addresses before this one were never paid: a wallet restored from the words would not look this far.',
    )
}

/** `cairn wallet balance` */
export async function walletBalance(
  name: string,
  options: ApiOptions,
  context: CommandContext,
): Promise<void> {
  const { client, config } = await connectToNetwork(options, context)
  const stored = await loadWallet(name, config, context)
  const balance = balanceOf(await scanWallet(stored, client, config, context))
  if (options.json) return printJson(context.terminal, { name, ...balance })
  printFacts(context.terminal, {
    spendable: formatCoins(balance.spendable),
    confirmed: formatCoins(balance.confirmed),
    pending: formatCoins(balance.pending),
    immature: formatCoins(balance.immature),
    total: formatCoins(balance.total),
  })
}

export interface ExportOptions extends NodeOptions, PassphraseOptions {}

/** `cairn wallet export` */
export async function exportWallet(
  name: string,
  options: ExportOptions,
  context: CommandContext,
): Promise<void> {
  const { wallet } = await loadWallet(name, await configOf(options, context), context)
  const unlocked = await unlockWallet(wallet, name, options, context)
  try {
    const words = unlocked.mnemonic()
    if (options.json) printJson(context.terminal, { name, mnemonic: words, path: wallet.account.path })
    else context.terminal.print(words)
  } finally {
    unlocked.lock()
  }
}
