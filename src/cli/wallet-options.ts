import { CairnError } from '../base/errors.ts'
import type { NodeConfig } from '../node/config.ts'
import { decodeAddress } from '../script/address.ts'
import type { WalletAccount } from '../wallet/wallet-account.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'
import { loadWallet, loadWallets, type StoredWallet } from './wallets.ts'

export interface AccountOptions {
  readonly account?: string
}

/** A whole number of an option; undefined where it was not given. */
export function wholeOption(
  option: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined
  const number = /^\d{1,10}$/.test(text) ? Number(text) : -1
  if (number < least || number > most)
    throw new UsageError(
      `${option} is ${JSON.stringify(text)}, but has to be a whole number from ${least} to ${most}`,
    )
  return number
}

/** `--account`; undefined where it was not given. */
export const accountOption = ({ account }: AccountOptions): number | undefined =>
  wholeOption('--account', account, 0, 0x7fff_ffff)

/** The wallet and account that pay. */
export interface Sender {
  readonly stored: StoredWallet
  readonly account: WalletAccount
  /** the one address whose coins are to be used, where `--from` was an address */
  readonly address: string | undefined
}

/**
 * @param from - a wallet's name, or an address of one of the wallets
 * @throws CairnError `wallet-not-found`, `account-not-found`, `address-not-ours`
 */
export async function senderOf(
  from: string,
  options: AccountOptions,
  config: NodeConfig,
  context: CommandContext,
): Promise<Sender> {
  const number = accountOption(options)
  const script = decodeAddress(from, config.network.prefix)
  if (!script.ok) {
    const stored = await loadWallet(from, config, context)
    return { stored, account: stored.wallet.account(number), address: undefined }
  }
  for (const stored of await loadWallets(config, context))
    for (const account of stored.wallet.accounts)
      if (account.find({ scriptPubKey: script.value }) !== undefined)
        return { stored, account, address: from }
  throw new CairnError('address-not-ours', `no wallet in ${config.dataDirectory} has the address ${from}`, {
    address: from,
  })
}
