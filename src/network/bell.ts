/**
 * A condition variable: whoever waits wakes at the next ring and looks again. Nothing is remembered between rings, so
 * the condition has to be looked at right before each wait, without an `await` between the two.
 */
export interface Bell {
  ring(): void
  /** Resolves at the next ring; rejects with the signal's reason when it aborts first. */
  wait(signal: AbortSignal): Promise<void>
  /** Calls `run` at every ring; returns the way to stop that. */
  listen(run: () => void): () => void
}

export function createBell(): Bell {
  const waiting = new Set<() => void>()
  const listeners = new Set<() => void>()
  return {
    ring() {
      for (const wake of [...waiting]) wake()
      for (const run of [...listeners]) run()
    },
    listen(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    wait(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const abort = (): void => {
          waiting.delete(wake)
          reject(signal.reason)
        }
        const wake = (): void => {
          waiting.delete(wake)
          signal.removeEventListener('abort', abort)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
