import { formatAccountKey } from '../../wallet/account-key.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { printJson } from '../table.ts'
import { type AccountOptions, accountOption } from '../wallet-options.ts'
import { loadWallet } from '../wallets.ts'

export interface ExportOptions extends NodeOptions, PassphraseOptions, AccountOptions {
  readonly xpub?: boolean
}

/** `cairn wallet export`: the words, or an account's public key. */
export async function exportWallet(
  name: string,
  options: ExportOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const { wallet } = await loadWallet(name, await configOf(options, context), context)
  const account = wallet.account(accountOption(options))
  if (options.xpub) {
    const key = formatAccountKey(account.key)
    const descriptor = `wpkh(${key}/0/*)`
    if (options.json)
      return printJson(terminal, { name, account: account.number, ...account.key, key, descriptor })
    terminal.print(key)
    return terminal.note('Whoever has this key sees all addresses of the account, and can spend nothing.')
  }
  const unlocked = await unlockWallet(wallet, name, options, context)
  try {
    const words = unlocked.mnemonic()
    const { needsBip39Passphrase } = unlocked
    if (options.json)
      printJson(terminal, { name, mnemonic: words, needsBip39Passphrase, path: account.key.path })
    else terminal.print(words)
    if (needsBip39Passphrase)
      terminal.note('The words bring the wallet back only together with its BIP39 passphrase.')
  } finally {
    unlocked.lock()
  }
}
