import type { Clock } from '../ports/clock.ts'
import { INCREMENTAL_RELAY_RATE } from './policy.ts'

/** Milliseconds in which the floor falls by half; in half of that below half of the cap, in a quarter below a quarter. */
export const FLOOR_HALF_LIFE_MS = 12 * 60 * 60 * 1000

/**
 * The fee rate below which nothing is taken because something that paid as much had to go for want of room: Bitcoin
 * Core's rolling minimum. Otherwise the same transactions would come and go again and again, relayed for nothing each
 * time. It stands still until a block has made room, then falls, the faster the emptier the pool.
 */
export class FeeFloor {
  readonly #clock: Pick<Clock, 'monotonic'>
  #rate = 0
  #isFalling = false
  #asOf = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Base units a virtual byte; 0 where there is no floor. @param fullness - the pool's size over its cap */
  rate(fullness: number): number {
    if (this.#rate === 0 || !this.#isFalling) return this.#rate
    const now = this.#clock.monotonic()
    const halfLife = FLOOR_HALF_LIFE_MS / (fullness < 0.25 ? 4 : fullness < 0.5 ? 2 : 1)
    this.#rate /= 2 ** ((now - this.#asOf) / halfLife)
    this.#asOf = now
    if (this.#rate < INCREMENTAL_RELAY_RATE / 2) this.#rate = 0
    // What is below the step that it rises by is no floor worth the name.
    return this.#rate === 0 ? 0 : Math.max(this.#rate, INCREMENTAL_RELAY_RATE)
  }

  /** Something that paid `feeRate` with all that built on it had to go. */
  evicted(feeRate: number): void {
    if (feeRate + INCREMENTAL_RELAY_RATE <= this.#rate) return
    this.#rate = feeRate + INCREMENTAL_RELAY_RATE
    this.#isFalling = false
  }

  blockConnected(): void {
    this.#isFalling = true
    this.#asOf = this.#clock.monotonic()
  }
}
