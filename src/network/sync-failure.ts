import type { Clock } from '../ports/clock.ts'

const MIN_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

/** The pause after a failure of our own disk, longer each time until something is stored again. */
export interface FailurePause {
  /** whether something could not be stored, and the pause has not been made */
  readonly isDue: boolean
  readonly ms: number
  failed(): void
  stored(): void
  make(signal: AbortSignal): Promise<void>
}

export function createFailurePause(clock: Pick<Clock, 'sleep'>): FailurePause {
  let ms = MIN_PAUSE_MS
  let isDue = false
  return {
    get isDue() {
      return isDue
    },
    get ms() {
      return ms
    },
    failed() {
      isDue = true
    },
    stored() {
      ms = MIN_PAUSE_MS
    },
    async make(signal) {
      await clock.sleep(ms, signal)
      ms = Math.min(2 * ms, MAX_PAUSE_MS)
      isDue = false
    },
  }
}
