import { CairnError, errorCode } from '../src/base/errors.ts'
import type { Clock } from '../src/ports/clock.ts'

export const DEADLINE_EXCEEDED = 'deadline-exceeded'

/**
 * Runs `work` with a signal that aborts when `outer` does or when `ms` have passed, whichever is first.
 * Rejects with `outer`'s reason, or with `deadline-exceeded` that says what was waited for.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  what: string,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted()
  const controller = new AbortController()
  const abortWithOuter = (): void => controller.abort(outer?.reason)
  outer?.addEventListener('abort', abortWithOuter, { once: true })
  const cancelTimer = clock.after(ms, () =>
    controller.abort(new CairnError(DEADLINE_EXCEEDED, `no ${what} within ${ms} ms`, { what, ms })),
  )
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

/** Whether what was thrown says that a peer let a deadline pass. */
export const isDeadline = (error: unknown): boolean => errorCode(error) === DEADLINE_EXCEEDED
