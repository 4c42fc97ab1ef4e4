import type { CoinChanges } from '../consensus/connect-block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { OutPointKey } from '../primitives/outpoint.ts'

/**
 * Changes to the coins that may yet come to nothing, over the coins as of the tip: those of the blocks of a move, as
 * one. Dropping it undoes them all.
 */
export class CoinsOverlay implements CoinChanges {
  /** A coin that is here is there, whatever `spent` says. */
  readonly made = new Map<OutPointKey, Coin>()
  readonly spent = new Map<OutPointKey, Coin>()

  get size(): number {
    return this.made.size + this.spent.size
  }

  apply({ made, spent }: CoinChanges): void {
    for (const [key, coin] of spent) {
      this.made.delete(key)
      this.spent.set(key, coin)
    }
    for (const [key, coin] of made) this.made.set(key, coin)
  }
}
