import type { Clock } from '../../src/ports/clock.ts'
import { cancelTimer, type VirtualTime } from './virtual-time.ts'

/** Unix milliseconds at which every simulation begins. */
export const EPOCH_MS = 1_800_000_000_000

/** How a node's wall clock is wrong. */
export interface ClockError {
  /** how far ahead it was at the start */
  readonly skewMs: number
  /** how much it gains, in millionths */
  readonly driftPpm: number
}

export interface NodeClock extends Clock {
  /** The process has died: nothing that it waits for ever comes. */
  die(): void
}

export function createNodeClock(time: VirtualTime, { skewMs, driftPpm }: ClockError): NodeClock {
  const bornAt = time.now
  const rate = 1 + driftPpm / 1e6
  let alive = true
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = time.after(ms, () => {
      if (!alive) return false
      run()
      return true
    })
    return () => cancelTimer(timer)
  }
  return {
    now: () => EPOCH_MS + skewMs + time.now * rate,
    monotonic: () => time.now - bornAt,
    after,
    // Nothing here holds anybody up: work takes no virtual time by itself.
    turn: async () => {},
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = (): void => {
          cancel()
          reject(signal?.reason)
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        })
        signal?.addEventListener('abort', abort, { once: true })
      }),
    die() {
      alive = false
    },
  }
}
