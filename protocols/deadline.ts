import { CairnError, errorCode } from '../src/base/errors.ts'
import type { Clock } from '../src/ports/clock.ts'

export const DEADLINE_EXCEEDED = 'deadline-exceeded'

/**
 * Runs `work` with a signal that aborts when `outer` does or when `ms` have passed, whichever is first.
 * Rejects with `outer`'s reason, or with `deadline-exceeded` that says what was waited for.
 */
export const withDeadline = <T>(
  clock: Clock,
  ms: number,
  what: string,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => withLimit(clock, ms, what, outer, work, () => true)

/** @param isOver - asked when the time is up; where it says no, as much time begins again */
async function withLimit<T>(
  clock: Clock,
  ms: number,
  what: string,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  isOver: () => boolean,
): Promise<T> {
  outer?.throwIfAborted()
  const controller = new AbortController()
  const abortWithOuter = (): void => controller.abort(outer?.reason)
  outer?.addEventListener('abort', abortWithOuter, { once: true })
  let cancelTimer = (): void => {}
  const wait = (): void => {
    cancelTimer = clock.after(ms, () => {
      if (isOver())
        controller.abort(new CairnError(DEADLINE_EXCEEDED, `no ${what} within ${ms} ms`, { what, ms }))
      else wait()
    })
  }
  wait()
  try {
    return await work(controller.signal)
  } catch (error) {
    // A transport may wrap the abort in an error of its own: the reason is what callers ask for.
    controller.signal.throwIfAborted()
    throw error
  } finally {
    cancelTimer()
    outer?.removeEventListener('abort', abortWithOuter)
  }
}

/** What counts as coming at all. */
export interface Pace {
  /** how long a silence may last: milliseconds */
  readonly ms: number
  /** bytes that have to come in each such time */
  readonly bytes: number
  /** bytes that have come so far */
  readonly received: () => number
}

/**
 * As `withDeadline`, for something long over a line that may be slow: the deadline begins anew as long as enough comes.
 * What is waited for has an end, or so does this.
 */
export function withPace<T>(
  clock: Clock,
  { ms, bytes, received }: Pace,
  what: string,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let before = received()
  const isSlow = (): boolean => {
    const now = received()
    const came = now - before
    before = now
    return came < bytes
  }
  return withLimit(clock, ms, what, outer, work, isSlow)
}

/** Whether what was thrown says that a peer let a deadline pass. */
export const isDeadline = (error: unknown): boolean => errorCode(error) === DEADLINE_EXCEEDED
