import { formatAccountKey } from '../../wallet/account-key.ts'
import type { WalletAccount } from '../../wallet/wallet-account.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { printFacts, printJson, printTable } from '../table.ts'
import { loadWallet } from '../wallets.ts'

const detailsOf = (account: WalletAccount) => ({
  account: account.number,
  path: account.key.path,
  address: account.address(Math.max(0, account.state().next.receive - 1)).address,
  addresses: account.state().next,
  key: formatAccountKey(account.key),
})

/** `cairn wallet account list` */
export async function listAccounts(
  name: string,
  options: NodeOptions,
  context: CommandContext,
): Promise<void> {
  const { wallet } = await loadWallet(name, await configOf(options, context), context)
  const rows = wallet.accounts.map(detailsOf)
  if (options.json) return printJson(context.terminal, rows)
  printTable(context.terminal, rows, [
    { title: 'ACCOUNT', align: 'right', cell: ({ account }) => account },
    { title: 'PATH', cell: ({ path }) => path },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'KEY', cell: ({ key }) => key },
  ])
}

/** `cairn wallet account new` */
export async function newAccount(
  name: string,
  options: NodeOptions & PassphraseOptions,
  context: CommandContext,
): Promise<void> {
  const { wallet, save } = await loadWallet(name, await configOf(options, context), context)
  const unlocked = await unlockWallet(wallet, name, options, context)
  try {
    const account = unlocked.newAccount()
    account.nextReceiveAddress()
    await save()
    const { path, address } = detailsOf(account)
    if (options.json) return printJson(context.terminal, { name, account: account.number, path, address })
    printFacts(context.terminal, { wallet: name, account: account.number, path, address })
  } finally {
    unlocked.lock()
  }
}
