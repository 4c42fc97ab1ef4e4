import type { Random } from '../../src/ports/random.ts'
import { sha256 } from '../../src/primitives/hash.ts'

/** Chance of a seed, fast enough for millions of draws. */
export interface Chance extends Random {
  /** at least 0 and below 1 */
  fraction(): number
  between(least: number, most: number): number
  /** how long until something happens that happens once in `mean` on average */
  exponential(mean: number): number
  pick<T>(items: readonly T[]): T
  /** Chance of its own for a part, so that what one part draws changes nothing for the others. */
  fork(name: string): Chance
}

/** sfc32: Chris Doty-Humphrey's small fast counter, which passes PractRand. */
function createSource(seed: Uint8Array): () => number {
  const view = new DataView(seed.buffer, seed.byteOffset)
  let a = view.getInt32(0)
  let b = view.getInt32(4)
  let c = view.getInt32(8)
  let counter = view.getInt32(12)
  return () => {
    const next = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + next) | 0
    return next >>> 0
  }
}

/** Chance that is the same in every run of one seed and name. */
export function createChance(seed: string): Chance {
  const digest = sha256(new TextEncoder().encode(seed))
  const next = createSource(digest)
  const fraction = (): number => next() / 2 ** 32
  return {
    fraction,
    between: (least, most) => least + fraction() * (most - least),
    below: (bound) => Math.floor(fraction() * bound),
    exponential: (mean) => -mean * Math.log(1 - fraction()),
    pick: (items) => items[Math.floor(fraction() * items.length)]!,
    bytes(length) {
      const out = new Uint8Array(length)
      for (let i = 0; i < length; i++) out[i] = next() >>> 24
      return out
    },
    fork: (name) => createChance(`${seed}/${name}`),
  }
}
