import type { CoinChanges } from '../consensus/connect-block.ts'
import type { CoinLookup } from '../consensus/connect-transaction.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'
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
  const own = new Set<Txid>()
  const found = new OutPointMap<Coin>()
  const asked: OutPoint[] = []
  for (const tx of block.transactions) {
    own.add(tx.txid)
    if (isCoinbase(tx)) continue
    for (const { prevout } of tx.inputs) {
      // Made by the block itself, or not to be had yet: the rules will tell.
      if (own.has(prevout.txid)) continue
      const coin = changed(prevout, layers)
      if (coin === undefined) asked.push(prevout)
      else if (coin !== SPENT) found.set(prevout, coin)
    }
  }
  const coins = await cache.coins(asked)
  for (let i = 0; i < coins.length; i++) {
    const coin = coins[i]
    if (coin !== undefined) found.set(asked[i]!, coin)
  }
  return found
}

const SPENT = Symbol('spent')

function changed(outPoint: OutPoint, layers: readonly CoinChanges[]): Coin | typeof SPENT | undefined {
  for (const { made, spent } of layers) {
    const coin = made.get(outPoint)
    if (coin !== undefined) return coin
    if (spent.get(outPoint) !== undefined) return SPENT
  }
  return undefined
}
