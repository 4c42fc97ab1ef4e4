import type { NodeConfig } from '../node/config.ts'
import type { OwnedCoin } from '../wallet/coins.ts'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { createCoinSource, type StoredWallet } from './wallets.ts'

/** A wallet's coins, as the node knows them; addresses that turn out to be in use are remembered in the file. */
export async function scanWallet(
  { wallet, save }: StoredWallet,
  client: ApiClient,
  config: NodeConfig,
  { terminal }: CommandContext,
): Promise<readonly OwnedCoin[]> {
  const source = createCoinSource(client, config.network.prefix, (address) =>
    terminal.note(`${address} has more coins than the node lists at once: some are left out.`),
  )
  const coins = await wallet.scan(source)
  await save()
  return coins
}
