import type { Clock } from '../../src/ports/clock.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { INVENTORY_BURST, INVENTORY_INTERVAL_MS } from './protocol.ts'

/** Peers remembered before those are forgotten that may ask at once again. */
const MAX_REMEMBERED = 1_000

/**
 * Waits until the peer may have another inventory: a few at once, then one in a while (a token bucket). A request of a few bytes is
 * answered with megabytes.
 */
export type InventoryPace = (peer: PeerId, signal: AbortSignal) => Promise<void>

export function createInventoryPace(clock: Clock): InventoryPace {
  /** monotonic time at which the peer would have waited for all that it has had */
  const paidAt = new Map<PeerId, number>()

  function forgetPaid(now: number): void {
    if (paidAt.size < MAX_REMEMBERED) return
    for (const [peer, at] of paidAt) if (at <= now) paidAt.delete(peer)
  }

  return async (peer, signal) => {
    const now = clock.monotonic()
    forgetPaid(now)
    const at = Math.max(paidAt.get(peer) ?? now, now) + INVENTORY_INTERVAL_MS
    paidAt.set(peer, at)
    const wait = at - now - INVENTORY_BURST * INVENTORY_INTERVAL_MS
    if (wait > 0) await clock.sleep(wait, signal)
  }
}
