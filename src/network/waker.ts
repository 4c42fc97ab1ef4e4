import type { Clock } from '../ports/clock.ts'
import { untilAborted } from './abort.ts'

/** A sleep that can be cut short. */
export interface Waker {
  /** Ends the sleep, or the next one where nobody sleeps. */
  poke(): void
  /** Rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export function createWaker(clock: Clock): Waker {
  let poked = Promise.withResolvers<void>()
  const poke = (): void => poked.resolve()
  return {
    poke,
    async sleep(ms, signal) {
      const cancel = clock.after(ms, poke)
      try {
        await untilAborted(poked.promise, signal)
      } finally {
        cancel()
        poked = Promise.withResolvers()
      }
    },
  }
}
