import type { CoinChanges } from '../consensus/connect-block.ts'
import type { CoinLookup } from '../consensus/connect-transaction.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { type OutPoint, type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import { isCoinbase } from '../primitives/transaction.ts'
import type { CoinsCache } from './coins-cache.ts'

/** Changes to the coins that may yet come to nothing, over the coins as of the tip. Dropping it undoes them all. */
export class CoinsOverlay implements CoinChanges {
  /** A coin that is here is there, whatever `spent` says. */
  readonly made = new Map<OutPointKey, Coin>()
  readonly spent = new Map<OutPointKey, Coin>()
  readonly #coins: Pick<CoinsCache, 'coins'>

  constructor(coins: Pick<CoinsCache, 'coins'>) {
    this.#coins = coins
  }

  get size(): number {
    return this.made.size + this.spent.size
  }

  /** The coins that a block spends and that it does not make itself, fetched together. */
  async fetchInputs(block: Block): Promise<CoinLookup> {
    const own = new Set<string>()
    const found = new Map<OutPointKey, Coin>()
    const missing: OutPoint[] = []
    for (const tx of block.transactions) {
      if (!isCoinbase(tx)) {
        for (const { prevout } of tx.inputs) {
          // Made by the block itself, or not to be had: the rules will tell.
          if (own.has(prevout.txid)) continue
          const key = outPointKey(prevout)
          const coin = this.made.get(key)
          if (coin !== undefined) found.set(key, coin)
          else if (!this.spent.has(key)) missing.push(prevout)
        }
      }
      own.add(tx.txid)
    }
    const coins = await this.#coins.coins(missing)
    for (let i = 0; i < coins.length; i++) {
      const coin = coins[i]
      if (coin !== undefined) found.set(outPointKey(missing[i]!), coin)
    }
    return found
  }

  apply({ made, spent }: CoinChanges): void {
    for (const [key, coin] of spent) {
      this.made.delete(key)
      this.spent.set(key, coin)
    }
    for (const [key, coin] of made) this.made.set(key, coin)
  }

  /** Forgets changes that the coins below have taken over, except where later ones stand over them. */
  release({ made, spent }: CoinChanges): void {
    for (const [key, coin] of made) if (this.made.get(key) === coin) this.made.delete(key)
    for (const [key, coin] of spent) if (this.spent.get(key) === coin) this.spent.delete(key)
  }

  clear(): void {
    this.made.clear()
    this.spent.clear()
  }
}
