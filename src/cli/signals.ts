import { CairnError } from '../base/errors.ts'
import type { ExitCode } from './exit-codes.ts'

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type Signal = keyof typeof SIGNALS

/** npm passes on to us the signal that the terminal has sent us already: milliseconds within which it is the same one. */
const ECHO_MS = 250

/** What the operating system delivers signals through: the process. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown
  off(signal: Signal, listener: () => void): unknown
}

export interface StopSignal extends Disposable {
  /** aborts at the first signal, with a CairnError `interrupted` that carries the `exitCode` */
  readonly signal: AbortSignal
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, and has a further one end the process at once.
 * @param end - ends the process
 * @param monotonic - milliseconds
 */
export function createStopSignal(
  source: SignalSource,
  end: (code: ExitCode) => void,
  monotonic: () => number,
): StopSignal {
  const stop = new AbortController()
  let first: { readonly name: Signal; readonly at: number } | undefined
  const listeners = Object.entries(SIGNALS).map(([key, number]) => {
    const name = key as Signal
    const exitCode = 128 + number
    const listener = () => {
      if (first === undefined) {
        first = { name, at: monotonic() }
        stop.abort(new CairnError('interrupted', `stopped by ${name}`, { exitCode }))
      } else if (name !== first.name || monotonic() - first.at > ECHO_MS) end(exitCode)
    }
    source.on(name, listener)
    return [name, listener] as const
  })
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) source.off(name, listener)
    },
  }
}
