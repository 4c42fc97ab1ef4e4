import type { Clock } from '../../src/ports/clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on and runs what has come due, in order. */
  advance(ms: number): Promise<void>
}

/** A clock that only moves when told to. @param startMs - Unix milliseconds */
export function createFakeClock(startMs = 1_800_000_000_000): FakeClock {
  let now = startMs
  let timers: { at: number; run: () => void }[] = []
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run }
    timers.push(timer)
    return () => {
      timers = timers.filter((each) => each !== timer)
    }
  }
  return {
    now: () => now,
    monotonic: () => now - startMs,
    after,
    turn: async () => {},
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const cancel = after(ms, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          reject(signal.reason)
        })
      })
    },
    async advance(ms) {
      const end = now + ms
      while (true) {
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter((timer) => timer !== due)
        now = Math.max(now, due.at)
        due.run()
        await Promise.resolve()
      }
      now = end
    },
  }
}
