import type { CoinChanges } from '../consensus/connect-block.ts'
import type { CoinLookup } from '../consensus/connect-transaction.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { type OutPoint, type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import { isCoinbase } from '../primitives/transaction.ts'
import type { CoinsCache } from './coins-cache.ts'

/**
 * The coins that a block spends and that it does not make itself, fetched together.
 * @param layers - changes over the coins as of the tip, the latest first: what one makes is there, whatever those
 * below it say
 */
export async function fetchInputs(
  block: Block,
  layers: readonly CoinChanges[],
  cache: Pick<CoinsCache, 'coins'>,
): Promise<CoinLookup> {
  const own = new Set<string>()
  const found = new Map<OutPointKey, Coin>()
  const keys: OutPointKey[] = []
  const asked: OutPoint[] = []
  for (const tx of block.transactions) {
    own.add(tx.txid)
    if (isCoinbase(tx)) continue
    for (const { prevout } of tx.inputs) {
      // Made by the block itself, or not to be had yet: the rules will tell.
      if (own.has(prevout.txid)) continue
      const key = outPointKey(prevout)
      const coin = changed(key, layers)
      if (coin === undefined) {
        keys.push(key)
        asked.push(prevout)
      } else if (coin !== SPENT) found.set(key, coin)
    }
  }
  const coins = await cache.coins(asked)
  for (let i = 0; i < coins.length; i++) {
    const coin = coins[i]
    if (coin !== undefined) found.set(keys[i]!, coin)
  }
  return found
}

const SPENT = Symbol('spent')

function changed(key: OutPointKey, layers: readonly CoinChanges[]): Coin | typeof SPENT | undefined {
  for (const { made, spent } of layers) {
    const coin = made.get(key)
    if (coin !== undefined) return coin
    if (spent.has(key)) return SPENT
  }
  return undefined
}
