import type { CoinChanges } from '../consensus/connect-block.ts'
import type { Coin } from '../primitives/coin.ts'
import { OutPointMap } from '../primitives/outpoint-map.ts'

/**
 * Changes to the coins that may yet come to nothing, over the coins as of the tip: those of the blocks of a move, as
 * one. Dropping it undoes them all.
 */
export class CoinsOverlay implements CoinChanges {
  /** A coin that is here is there, whatever `spent` says. */
  readonly made = new OutPointMap<Coin>()
  readonly spent = new OutPointMap<Coin>()

  get size(): number {
    return this.made.size + this.spent.size
  }

  apply({ made, spent }: CoinChanges): void {
    spent.visit((coin, outPoint) => {
      this.made.delete(outPoint)
      this.spent.set(outPoint, coin)
    })
    made.visit((coin, outPoint) => this.made.set(outPoint, coin))
  }
}
