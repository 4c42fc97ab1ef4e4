import type { RuleViolation } from '../consensus/rules.ts'
import type { Clock } from '../ports/clock.ts'

/** Headers further ahead than this are forgotten: the usual probes find them. */
const MAX_WAIT_MS = 2 * 60 * 60_000

/** Wakes up when a header that was ahead of our clock may be taken; remembers only the first time to come. */
export interface HeadersLater {
  /** @param fault - a `time-too-new` */
  note(fault: RuleViolation): void
  stop(): void
}

export function createHeadersLater(clock: Clock, onTime: () => void): HeadersLater {
  let dueAt = Number.POSITIVE_INFINITY
  let cancel = (): void => {}
  return {
    note({ details: { time, futureLimit } }) {
      const at = (Number(time) - Number(futureLimit)) * 1000
      const waitMs = at - clock.now()
      if (!(waitMs < MAX_WAIT_MS) || at >= dueAt) return
      cancel()
      dueAt = at
      cancel = clock.after(Math.max(0, waitMs), () => {
        dueAt = Number.POSITIVE_INFINITY
        onTime()
      })
    },
    stop: () => cancel(),
  }
}
