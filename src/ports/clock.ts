/** Time as an argument: the wall clock, a monotonic one, and timers. */
export interface Clock {
  /** Unix time in milliseconds; may jump */
  now(): number
  /** milliseconds from an arbitrary start; never goes back */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` once after `ms`; returns the way to cancel that. */
  after(ms: number, run: () => void): () => void
  /** Resolves after whatever else waits to run has had its turn: long work that asks for it now and then holds nobody up. */
  turn(): Promise<void>
}

/** Unix time in whole seconds, the unit of headers and locks. */
export const unixSeconds = (clock: Clock): number => Math.floor(clock.now() / 1000)
