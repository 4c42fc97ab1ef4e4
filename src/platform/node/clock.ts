import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../ports/clock.ts'

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      throw signal?.reason ?? error
    }
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  turn: () => nextTurn(),
}
