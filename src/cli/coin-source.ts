import { CairnError, invariant } from '../base/errors.ts'
import type { CoinView } from '../client/views.ts'
import type { Txid } from '../primitives/hash.ts'
import { decodeAddress, encodeAddress } from '../script/address.ts'
import type { CoinSource, WalletCoin } from '../wallet/coins.ts'
import type { ApiClient } from './api-client.ts'

/** Addresses in one question to the node; its limit. */
export const ADDRESSES_PER_QUESTION = 1_000

type CoinAsker = Pick<ApiClient, 'coins'>

/** A coin, and the pending transaction that spends it. */
export interface PlacedView extends WalletCoin {
  readonly spentBy: string | null
}

/**
 * Coins of some addresses, whether or not a pending transaction spends them.
 * @param onIncomplete - told of an address with more coins than the node lists at once; the rest is left out
 */
export async function coinsOfAddresses(
  client: CoinAsker,
  addresses: readonly string[],
  prefix: string,
  onIncomplete: (address: string) => void,
  signal?: AbortSignal,
): Promise<PlacedView[]> {
  async function ask(some: readonly string[]): Promise<PlacedView[]> {
    signal?.throwIfAborted()
    if (some.length > ADDRESSES_PER_QUESTION) return askHalves(some, ADDRESSES_PER_QUESTION)
    const { tip, coins, complete } = await client.coins(some)
    if (!complete && some.length > 1) return askHalves(some, some.length >> 1)
    if (!complete) onIncomplete(some[0]!)
    return coins.map((coin) => placedCoin(coin, coin.height ?? tip.height + 1, prefix))
  }
  const askHalves = async (some: readonly string[], first: number): Promise<PlacedView[]> => [
    ...(await ask(some.slice(0, first))),
    ...(await ask(some.slice(first))),
  ]
  return ask(addresses)
}

/**
 * The coins that a node knows of, for a wallet's scan.
 * @param spentBy - those that this pending transaction spends, too: for its replacement
 */
export const createCoinSource =
  (
    client: CoinAsker,
    prefix: string,
    onIncomplete: (address: string) => void,
    spentBy?: string,
  ): CoinSource =>
  async (scripts, options) => {
    const addresses = scripts.map((script) => {
      const address = encodeAddress(script, prefix)
      invariant(address, "a wallet's script has an address")
      return address
    })
    const coins = await coinsOfAddresses(client, addresses, prefix, onIncomplete, options?.signal)
    return coins.filter((coin) => coin.spentBy === null || coin.spentBy === spentBy)
  }

function placedCoin(view: CoinView, height: number, prefix: string): PlacedView {
  const { txid, vout, value, address, coinbase, status, spentBy } = view
  const script = decodeAddress(address, prefix)
  if (!script.ok)
    throw new CairnError('coin-source-wrong', `the node answered with the address ${address}`, { address })
  return {
    outPoint: { txid: txid as Txid, vout },
    coin: { value, scriptPubKey: script.value, height, coinbase },
    status,
    spentBy,
  }
}
