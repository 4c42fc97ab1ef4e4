import type { Clock } from '../../src/ports/clock.ts'
import type { NonceJob, NonceSearch } from '../../src/ports/miner.ts'
import { type BlockHash, sha256d, toHashId } from '../../src/primitives/hash.ts'
import { HEADER_BYTES } from '../../src/primitives/header.ts'
import type { Chance } from './chance.ts'

const NONCE_OFFSET = HEADER_BYTES - 4

/** The share of all hashes that are at most `target`. */
export const shareOfHashes = (target: bigint): number => Number((target + 1n) >> 192n) / 2 ** 64

/** A nonce that solves the job, from `start` on; undefined where none does. */
function solve({ header, target }: NonceJob, start: number): number | undefined {
  const wanted = target.toString(16).padStart(64, '0')
  const bytes = header.slice()
  const view = new DataView(bytes.buffer)
  for (let tried = 0; tried < 2 ** 32; tried++) {
    const nonce = (start + tried) >>> 0
    view.setUint32(NONCE_OFFSET, nonce, true)
    // Of equal length: the order of the digits is that of the numbers.
    if (toHashId<BlockHash>(sha256d(bytes)) <= wanted) return nonce
  }
  return undefined
}

/**
 * A search that takes as long in virtual time as so many hashes a second would: how long is a draw, and the nonce is
 * searched for when that is over.
 */
export function createSimulatedSearch(hashesPerSecond: number, clock: Clock, chance: Chance): NonceSearch {
  const startedAt = clock.monotonic()
  return {
    threads: 1,
    async search(job, signal) {
      const meanSeconds = 1 / (hashesPerSecond * shareOfHashes(job.target))
      await clock.sleep(1000 * chance.exponential(meanSeconds), signal)
      return solve(job, chance.below(2 ** 32))
    },
    hashes: () => Math.floor(((clock.monotonic() - startedAt) / 1000) * hashesPerSecond),
    close: async () => {},
  }
}
