import { toHex } from '../../base/bytes.ts'
import { createWalletFiles } from '../../platform/node/wallet-files.ts'
import { formatCoins } from '../../primitives/money.ts'
import { balanceOf, type OwnedCoin } from '../../wallet/coins.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext, NodeOptions } from '../context.ts'
import { UsageError } from '../failure.ts'
import { hasNoPassphrase } from '../passphrase.ts'
import { printFacts, printJson, printTable } from '../table.ts'
import { type AccountOptions, accountOption } from '../wallet-options.ts'
import { scanAccount } from '../wallet-scan.ts'
import { type ListedWallet, listWallets as listAll, loadWallet } from '../wallets.ts'
import { gapLimitOf } from './wallet-new.ts'

/** `cairn wallet list` */
export async function listWallets(options: NodeOptions, context: CommandContext): Promise<void> {
  const { terminal } = context
  const rows = (await listAll(await configOf(options, context), context)).map(detailsOf)
  if (options.json) return printJson(terminal, rows)
  if (rows.length === 0 && terminal.interactive)
    return terminal.print('no wallets yet: make one with `cairn wallet create`')
  printTable(terminal, rows, [
    { title: 'WALLET', cell: ({ name }) => name },
    { title: 'KIND', cell: (row) => ('problem' in row ? 'unreadable' : row.kind) },
    { title: 'ACCOUNTS', align: 'right', cell: (row) => ('problem' in row ? null : row.accounts) },
    { title: 'CREATED', cell: (row) => ('problem' in row ? null : dayOf(row.createdAt)) },
    { title: 'ADDRESS', cell: (row) => ('problem' in row ? row.problem : row.address) },
    { title: 'FILE', cell: ({ path }) => path },
  ])
}

const dayOf = (seconds: number): string => new Date(1000 * seconds).toISOString().slice(0, 10)

function detailsOf(listed: ListedWallet) {
  if ('problem' in listed) return listed
  const { name, path, wallet } = listed
  const keystore = wallet.keystore()
  const kind = wallet.watchOnly ? 'watch-only' : hasNoPassphrase(keystore) ? 'no passphrase' : 'encrypted'
  return {
    name,
    kind,
    accounts: wallet.accounts.length,
    gapLimit: wallet.gapLimit,
    createdAt: wallet.createdAt,
    fingerprint: keystore.accounts[0]!.fingerprint,
    // The current one, without handing one out.
    address: wallet.account().address(Math.max(0, keystore.accounts[0]!.next.receive - 1)).address,
    path,
  }
}

/** `cairn wallet rename` */
export async function renameWallet(
  name: string,
  to: string,
  options: NodeOptions,
  context: CommandContext,
): Promise<void> {
  const files = createWalletFiles((await configOf(options, context)).dataDirectory)
  await files.rename(name, to)
  const path = files.path(to)
  if (options.json) return printJson(context.terminal, { name: to, path })
  printFacts(context.terminal, { wallet: to, file: path })
}

export interface SetOptions extends NodeOptions {
  readonly gapLimit?: string
}

/** `cairn wallet set` */
export async function setWallet(name: string, options: SetOptions, context: CommandContext): Promise<void> {
  const { gapLimit } = gapLimitOf(options)
  if (gapLimit === undefined) throw new UsageError('what is to be set? --gap-limit <n>')
  const stored = await loadWallet(name, await configOf(options, context), context)
  stored.wallet.gapLimit = gapLimit
  await stored.save()
  if (options.json) return printJson(context.terminal, { name, gapLimit })
  printFacts(context.terminal, { wallet: name, 'gap limit': gapLimit })
}

export interface AddressOptions extends NodeOptions, AccountOptions {
  readonly new?: boolean
  readonly key?: boolean
}

/** `cairn wallet address` */
export async function walletAddress(
  name: string,
  options: AddressOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const { wallet, save } = await loadWallet(name, await configOf(options, context), context)
  const account = wallet.account(accountOption(options))
  const handedOut = options.new ? account.nextReceiveAddress() : undefined
  const { address, index, publicKey } = handedOut ?? account.currentAddress()
  await save()
  const key = toHex(publicKey)
  const path = `${account.key.path}/0/${index}`
  if (options.json)
    printJson(terminal, { name, account: account.number, address, index, path, publicKey: key })
  else terminal.print(options.key ? key : address)
  if (handedOut?.beyondGap)
    terminal.note(
      'Many addresses before this one were never paid: a wallet restored from the words would not look this far.',
    )
}

export interface BalanceOptions extends ApiOptions, AccountOptions {}

/** `cairn wallet balance`: of all accounts, or of one. */
export async function walletBalance(
  name: string,
  options: BalanceOptions,
  context: CommandContext,
): Promise<void> {
  const number = accountOption(options)
  const { client, config } = await connectToNetwork(options, context)
  const stored = await loadWallet(name, config, context)
  const { wallet } = stored
  const coins: OwnedCoin[] = []
  for (const account of number === undefined ? wallet.accounts : [wallet.account(number)])
    coins.push(...(await scanAccount(account, stored, client, config, context)))
  const balance = balanceOf(coins)
  if (options.json)
    return printJson(context.terminal, {
      name,
      ...(number === undefined ? {} : { account: number }),
      ...balance,
    })
  printFacts(context.terminal, {
    spendable: formatCoins(balance.spendable),
    confirmed: formatCoins(balance.confirmed),
    pending: formatCoins(balance.pending),
    immature: formatCoins(balance.immature),
    total: formatCoins(balance.total),
  })
}
