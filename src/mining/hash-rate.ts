import type { Clock } from '../ports/clock.ts'

const SAMPLE_MS = 1_000

/** Hashes a second over a sliding window, while somebody is at work. */
export interface HashRate {
  /** Somebody begins to work. Nests: the rate is 0 again when all have ended. */
  begin(): void
  end(): void
  perSecond(): number
}

/**
 * @param hashes - counts all hashes since some start
 * @param windowMs - the time that the rate looks back on, in milliseconds
 */
export function createHashRate(hashes: () => number, clock: Clock, windowMs: number): HashRate {
  let samples: { readonly at: number; readonly hashes: number }[] = []
  let working = 0
  let cancel = (): void => {}

  function sample(): void {
    const now = clock.monotonic()
    samples.push({ at: now, hashes: hashes() })
    samples = samples.filter(({ at }) => now - at <= windowMs)
    cancel = clock.after(SAMPLE_MS, sample)
  }

  return {
    begin() {
      working += 1
      if (working === 1) sample()
    },
    end() {
      working -= 1
      if (working > 0) return
      cancel()
      samples = []
    },
    perSecond() {
      const oldest = samples[0]
      if (oldest === undefined) return 0
      const elapsed = clock.monotonic() - oldest.at
      return elapsed > 0 ? ((hashes() - oldest.hashes) * 1000) / elapsed : 0
    },
  }
}
