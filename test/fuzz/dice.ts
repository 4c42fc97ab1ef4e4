import { createMersenneTwister } from '../consensus/mersenne-twister.ts'

/** Chance that a seed repeats, fast enough for millions of throws. */
export interface Dice {
  /** a whole number from 0 up to, and without, `bound` */
  below(bound: number): number
  /** true once in so many throws */
  once(inSoMany: number): boolean
  pick<T>(items: readonly T[]): T
}

export function createDice(seed: number): Dice {
  const next = createMersenneTwister(seed)
  const below = (bound: number): number => next() % bound
  return { below, once: (inSoMany) => below(inSoMany) === 0, pick: (items) => items[below(items.length)]! }
}
