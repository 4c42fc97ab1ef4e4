import { formatCoins } from '../../primitives/money.ts'
import { balanceOf, type OwnedCoin } from '../../wallet/coins.ts'
import { createCoinSource } from '../coin-source.ts'
import { connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { createProgressLine } from '../progress.ts'
import { printFacts, printJson } from '../table.ts'
import { noteIncomplete } from '../wallet-scan.ts'
import { loadWallet } from '../wallets.ts'
import { gapLimitOf } from './wallet-new.ts'

export interface RescanOptions extends ApiOptions {
  readonly gapLimit?: string
}

/** `cairn wallet rescan`: asks for the coins of all accounts anew, and says how far it is. */
export async function rescan(name: string, options: RescanOptions, context: CommandContext): Promise<void> {
  const { gapLimit } = gapLimitOf(options)
  const { client, config } = await connectToNetwork(options, context)
  const { wallet, save } = await loadWallet(name, config, context)
  if (gapLimit !== undefined) wallet.gapLimit = gapLimit
  const source = createCoinSource(client, config.network.prefix, noteIncomplete(context))
  const coins: OwnedCoin[] = []
  let addresses = 0
  {
    using progress = createProgressLine(context.terminal, context.clock)
    for (const account of wallet.accounts) {
      let asked = 0
      const onProgress = (now: { readonly addresses: number; readonly total: number }): void => {
        asked = now.addresses
        const step = `rescanning account ${account.number}`
        progress.report({ step, unit: 'addresses', done: now.addresses, total: now.total })
      }
      coins.push(...(await account.scan(source, { onProgress })))
      addresses += asked
    }
  }
  await save()
  const { total } = balanceOf(coins)
  const found = {
    accounts: wallet.accounts.length,
    addresses,
    gapLimit: wallet.gapLimit,
    coins: coins.length,
  }
  if (options.json) return printJson(context.terminal, { name, ...found, total })
  printFacts(context.terminal, {
    wallet: name,
    accounts: found.accounts,
    addresses,
    'gap limit': found.gapLimit,
    coins: found.coins,
    total: formatCoins(total),
  })
}
