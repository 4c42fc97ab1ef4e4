import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import { slabAllocator } from '../base/slab.ts'
import type { PlacedCoin } from '../ports/chain.ts'
import type { Coin } from '../primitives/coin.ts'
import { toHashId } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { decodeCoin } from './coin-records.ts'
import {
  ALL_COINS,
  addressKey,
  addressPrefix,
  coinKey,
  keyAfter,
  outPointOfKey,
  prefixRange,
} from './keyspace.ts'
import type { StoreReader } from './overlay-store.ts'

export interface CoinStatistics {
  readonly count: number
  /** base units */
  readonly total: number
  /** SHA-256 over all coins in the order of their keys: equal for equal coin sets */
  readonly digest: string
}

/** What only a listing of stored records can tell of the coins. */
export interface CoinQuestions {
  /**
   * In the order of their outpoints as bytes.
   * @param after - only those behind this one, whether or not it is still there
   * @throws CairnError `address-index-off`
   */
  coinsOfScript(scriptPubKey: Uint8Array, limit: number, after?: OutPoint): Promise<PlacedCoin[]>
  coinStatistics(): Promise<CoinStatistics>
}

export const readCoins = async (
  store: StoreReader,
  outPoints: readonly OutPoint[],
): Promise<(Coin | undefined)[]> => {
  const allocate = slabAllocator()
  const values = await store.getMany(outPoints.map((outPoint) => coinKey(outPoint, allocate)))
  return values.map((value) => value && decodeCoin(value))
}

/** @throws CairnError `address-index-off` */
export function checkAddressIndex({ addresses }: { readonly addresses: boolean }): void {
  if (!addresses) throw new CairnError('address-index-off', 'this node keeps no index of addresses')
}

/** @param addresses - whether there is an index of addresses */
export const createCoinQuestions = (
  store: StoreReader,
  { addresses }: { readonly addresses: boolean },
): CoinQuestions => ({
  async coinsOfScript(scriptPubKey, limit, after) {
    checkAddressIndex({ addresses })
    const outPoints: OutPoint[] = []
    const { gte, lt } = prefixRange(addressPrefix(scriptPubKey))
    const start = after === undefined ? gte : keyAfter(addressKey(scriptPubKey, after))
    for await (const [key] of store.entries({ gte: start, lt, limit })) {
      const { txid, vout } = outPointOfKey(key)
      outPoints.push({ txid: toHashId(txid), vout })
    }
    const coins = await readCoins(store, outPoints)
    return coins.flatMap((coin, i) => (coin === undefined ? [] : [{ outPoint: outPoints[i]!, coin }]))
  },

  async coinStatistics() {
    const hasher = sha256.create()
    let count = 0
    let total = 0
    for await (const [key, value] of store.entries(ALL_COINS)) {
      count += 1
      total += decodeCoin(value).value
      hasher.update(key).update(value)
    }
    return { count, total, digest: toHex(hasher.digest()) }
  },
})
