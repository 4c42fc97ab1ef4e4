import { setTimeout as delay } from 'node:timers/promises'
import { errorMessage } from '../../src/base/errors.ts'
import type { Adversary, Outcome } from './adversary.ts'
import type { Victim } from './victim.ts'

const SAMPLE_MS = 20
/** What an adversary has left behind may take so long to be let go of. */
const SETTLE_MS = 2_000
const SETTLED_BYTES = 2_000_000

/** What an attack did, and what it cost. */
export interface Figures {
  /** or what went wrong */
  readonly outcome: Outcome | string
  readonly tookMs: number
  /** bytes that the victim holds after it, over those before */
  readonly heldBytes: number
  /** resident bytes at most, over those at the beginning */
  readonly peakBytes: number
  /** sockets at most, and in the end */
  readonly sockets: readonly [most: number, after: number]
  /** an honest block to the victim and a payment back, meanwhile; the slowest */
  readonly tradeMs: number
}

/** What has become of one; an attack that goes wrong is a result as well. */
export const outcomeOf = (
  adversary: Adversary,
  victim: Victim,
  over: AbortSignal,
): Promise<Outcome | string> =>
  adversary.attack(victim, over).catch((error) => `failed: ${errorMessage(error)}`)

/** Runs an attack, with honest trade all the while, and looks at the victim before and after. */
export async function measure<T>(
  victim: Victim,
  attack: (over: AbortSignal) => Promise<T>,
  trades = 1,
): Promise<Omit<Figures, 'outcome'> & { readonly result: T }> {
  const before = await victim.held()
  victim.forgetPeak()
  const resident = victim.peak()
  let mostSockets = 0
  const watch = setInterval(() => {
    mostSockets = Math.max(mostSockets, victim.sockets())
  }, SAMPLE_MS)
  const over = new AbortController()
  const from = performance.now()
  try {
    const attacking = attack(over.signal)
    let tradeMs = 0
    for (let i = 0; i < trades; i++) tradeMs = Math.max(tradeMs, await victim.trade())
    const result = await attacking
    const tookMs = performance.now() - from
    const peakBytes = victim.peak() - resident
    let heldBytes = (await victim.held()) - before
    for (let waited = 0; waited < SETTLE_MS && heldBytes > SETTLED_BYTES; waited += 200) {
      await delay(200)
      heldBytes = Math.min(heldBytes, (await victim.held()) - before)
    }
    return { result, tookMs, heldBytes, peakBytes, sockets: [mostSockets, victim.sockets()], tradeMs }
  } finally {
    over.abort()
    clearInterval(watch)
  }
}
