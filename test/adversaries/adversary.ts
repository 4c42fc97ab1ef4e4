import { eventually } from '../support/eventually.ts'
import { type Intruder, type IntruderOptions, intrude } from './intruder.ts'
import type { Victim } from './victim.ts'

/**
 * What becomes of an adversary.
 *
 * - `banned`: hung up on, and refused for a time
 * - `dropped`: hung up on
 * - `refused`: not let in
 * - `kept`: what it does is taken, or ignored, at a bounded cost
 */
export type Outcome = 'banned' | 'dropped' | 'refused' | 'kept'

export interface Adversary {
  readonly name: string
  /** what it does, in a few words */
  readonly does: string
  readonly expected: Outcome
  /** Does it, and tells what has become of it. Whoever is still connected is so until `over` aborts. */
  attack(victim: Victim, over: AbortSignal): Promise<Outcome>
}

/** How the victim has parted from a peer that it let in; waits for the end of the connection. */
export async function ending(victim: Victim, intruder: Intruder): Promise<Outcome> {
  await eventually(`the victim hangs up on ${intruder.peer}`, intruder.isGone)
  // The log comes through a pipe, and may come after the end of the connection.
  for (let looks = 0; looks < 20 && !victim.hasBanned(intruder.peer); looks++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  return victim.hasBanned(intruder.peer) ? 'banned' : 'dropped'
}

/** What a peer is that has been tried enough: whether the victim still has it. */
export const fateNow = (victim: Victim, intruder: Intruder): Promise<Outcome> | Outcome =>
  intruder.isGone() ? ending(victim, intruder) : 'kept'

/** Lets one intruder do something; it is stopped in the end. */
export async function withIntruder(
  victim: Victim,
  options: IntruderOptions,
  act: (intruder: Intruder) => Promise<Outcome>,
): Promise<Outcome> {
  const intruder = await intrude(victim.address, options)
  try {
    return await act(intruder)
  } finally {
    await intruder.stop()
  }
}
