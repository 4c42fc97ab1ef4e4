import { expect } from 'vitest'
import type { Adversary } from './adversary.ts'
import { measure, outcomeOf } from './measure.ts'
import { startVictim } from './victim.ts'

/** Processes, floods, and timeouts of ten seconds, on a machine that may have other things to do: milliseconds. */
export const PATIENCE_MS = 240_000

const TRADES = 3
/** The floods say hundreds of megabytes; what is kept of them is headers, peers that are known, and traces of both. */
const MAX_HELD_BYTES = 60_000_000
/** With what the collector of garbage has not looked at yet. */
const MAX_PEAK_BYTES = 400_000_000
/** What the node has open by itself, its honest peers, and connections that are about to close. */
const MAX_SOCKETS_AFTER = 40

/** All at once, or one after the other: each comes to the end that is expected, and the victim bears it. */
export async function bear(adversaries: readonly Adversary[], at: 'once' | 'turn'): Promise<void> {
  const victim = await startVictim(TRADES + 1)
  const outcomes: Record<string, string> = {}
  const run = async (adversary: Adversary, over: AbortSignal): Promise<void> => {
    outcomes[adversary.name] = await outcomeOf(adversary, victim, over)
  }
  const { heldBytes, peakBytes, sockets } = await measure(
    victim,
    async (over) => {
      if (at === 'once') await Promise.all(adversaries.map((adversary) => run(adversary, over)))
      else for (const adversary of adversaries) await run(adversary, over)
    },
    TRADES,
  )
  expect(outcomes).toEqual(Object.fromEntries(adversaries.map(({ name, expected }) => [name, expected])))
  expect(heldBytes).toBeLessThan(MAX_HELD_BYTES)
  expect(peakBytes).toBeLessThan(MAX_PEAK_BYTES)
  expect(sockets[1]).toBeLessThan(MAX_SOCKETS_AFTER)

  // Whatever was done to it, it trades on with the honest node, and has not turned against it.
  await victim.trade()
  for (const { log } of [victim.node, victim.honest])
    expect(log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  expect(victim.hasBanned(victim.honest.started.peerId)).toBe(false)
}
