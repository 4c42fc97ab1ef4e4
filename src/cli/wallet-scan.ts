import type { NodeConfig } from '../node/config.ts'
import type { OwnedCoin } from '../wallet/coins.ts'
import type { WalletAccount } from '../wallet/wallet-account.ts'
import type { ApiClient } from './api-client.ts'
import { createCoinSource } from './coin-source.ts'
import type { CommandContext } from './context.ts'
import type { StoredWallet } from './wallets.ts'

/** Says that a node has not told of all coins of an address. */
export const noteIncomplete =
  ({ terminal }: Pick<CommandContext, 'terminal'>) =>
  (address: string): void =>
    terminal.note(`${address} has more coins than the node lists at once: some are left out.`)

/** An account's coins, as the node knows them; addresses that turn out to be in use are remembered in the file. */
export async function scanAccount(
  account: WalletAccount,
  { save }: StoredWallet,
  client: ApiClient,
  config: NodeConfig,
  context: CommandContext,
): Promise<readonly OwnedCoin[]> {
  const coins = await account.scan(createCoinSource(client, config.network.prefix, noteIncomplete(context)))
  await save()
  return coins
}
