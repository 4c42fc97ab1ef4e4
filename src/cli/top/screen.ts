import { render } from 'ink'
import { createElement } from 'react'
import { errorMessage } from '../../base/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Screen } from '../terminal.ts'
import type { Snapshot } from './snapshot.ts'
import { TopView } from './view.ts'

/** Between two questions to the node: milliseconds. */
const INTERVAL_MS = 1_000

/**
 * Shows snapshots on a screen of its own until the person leaves with q or Ctrl-C, or the signal aborts; what stood on
 * the terminal before is there again then. Where the node does not answer, the view says why and goes on asking.
 * @throws the signal's reason
 */
export async function showTop(
  { input, output }: Screen,
  take: () => Promise<Snapshot>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  let snapshot: Snapshot | undefined
  let failure: string | undefined
  const view = () => createElement(TopView, { snapshot, failure, now: clock.now() })
  const app = render(view(), {
    stdin: input,
    stdout: output,
    alternateScreen: true,
    interactive: true,
    patchConsole: false,
  })
  const left = new AbortController()
  const leave = () => app.unmount()
  signal.addEventListener('abort', leave, { once: true })
  const exited = app.waitUntilExit().finally(() => left.abort())
  // It is awaited below, after the loop.
  exited.catch(() => {})
  while (!left.signal.aborted) {
    try {
      snapshot = await take()
      failure = undefined
    } catch (error) {
      failure = errorMessage(error)
    }
    if (left.signal.aborted) break
    app.rerender(view())
    await clock.sleep(INTERVAL_MS, left.signal).catch(() => {})
  }
  signal.removeEventListener('abort', leave)
  await exited
  signal.throwIfAborted()
}
