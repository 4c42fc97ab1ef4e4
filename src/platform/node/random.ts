import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../../ports/random.ts'

/** The operating system's randomness. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  below: (bound) => randomInt(bound),
}
