import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 10
const PATIENCE_MS = 25_000

/**
 * Waits until a condition holds, and returns how long that took in milliseconds. The bound that a test asserts is its
 * own: patience only ends a test that would never end.
 */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<number> {
  const from = performance.now()
  while (!(await holds())) {
    if (performance.now() - from > PATIENCE_MS) throw new Error(`never happened: ${what}`)
    await delay(POLL_MS)
  }
  return performance.now() - from
}
