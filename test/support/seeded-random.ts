import { concatBytes } from '../../src/base/bytes.ts'
import { ByteWriter } from '../../src/base/writer.ts'
import type { Random } from '../../src/ports/random.ts'
import { sha256 } from '../../src/primitives/hash.ts'

/** Chance that is the same in every run: SHA-256 over a seed and a counter. */
export function createSeededRandom(seed: string): Random {
  const prefix = new TextEncoder().encode(seed)
  let counter = 0
  const bytes = (length: number): Uint8Array => {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      const digest = sha256(concatBytes(prefix, new ByteWriter(8).u64(counter++).finish()))
      out.set(digest.subarray(0, Math.min(32, length - at)), at)
    }
    return out
  }
  return {
    bytes,
    below(bound) {
      const view = new DataView(bytes(8).buffer)
      return Number(view.getBigUint64(0) % BigInt(bound))
    },
  }
}
