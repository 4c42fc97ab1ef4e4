import type { CoinChanges } from '../consensus/connect-block.ts'
import type { CoinLookup } from '../consensus/connect-transaction.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { type OutPoint, type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import { isCoinbase } from '../primitives/transaction.ts'
import type { ChainStore, CoinChange } from '../storage/chain-store.ts'

/** Changes to the coins that are not on disk yet, over the coins that are. Dropping it undoes them all. */
export class CoinsOverlay {
  readonly #store: Pick<ChainStore, 'coins'>
  readonly #changes = new Map<OutPointKey, CoinChange>()

  constructor(store: Pick<ChainStore, 'coins'>) {
    this.#store = store
  }

  get size(): number {
    return this.#changes.size
  }

  changes(): ReadonlyMap<OutPointKey, CoinChange> {
    return this.#changes
  }

  /** The coins at these places as of the changes so far; fetched together. */
  async fetch(outPoints: Iterable<OutPoint>): Promise<Map<OutPointKey, Coin>> {
    const found = new Map<OutPointKey, Coin>()
    const missing: OutPoint[] = []
    for (const outPoint of outPoints) {
      const key = outPointKey(outPoint)
      const change = this.#changes.get(key)
      if (change === undefined) missing.push(outPoint)
      else if (change.after !== undefined) found.set(key, change.after)
    }
    const coins = await this.#store.coins(missing)
    for (const [i, coin] of coins.entries()) if (coin !== undefined) found.set(outPointKey(missing[i]!), coin)
    return found
  }

  /** The coins that a block spends and that it does not make itself. */
  fetchInputs(block: Block): Promise<CoinLookup> {
    const own = new Set(block.transactions.map((tx) => tx.txid))
    const outPoints: OutPoint[] = []
    for (const tx of block.transactions) {
      if (isCoinbase(tx)) continue
      for (const { prevout } of tx.inputs) if (!own.has(prevout.txid)) outPoints.push(prevout)
    }
    return this.fetch(outPoints)
  }

  /** @param before - what was fetched for the block; a coin that is not in it was not there */
  apply({ after }: CoinChanges, before: CoinLookup): void {
    for (const [key, coin] of after) {
      const known = this.#changes.get(key)
      this.#changes.set(key, { before: known ? known.before : before.get(key), after: coin })
    }
  }
}
