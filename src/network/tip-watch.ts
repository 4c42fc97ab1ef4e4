import type { ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'

/** As in Bitcoin Core: 30 minutes where blocks come every ten. By chance it happens once in twenty blocks. */
const STALE_SPACINGS = 3
/**
 * A search for more peers costs them something as well: not more often by chance than once in 400 blocks where blocks
 * come every 30 s.
 */
const LEAST_STALE_MS = 3 * 60_000

/** Tells whether the tip has stood still for longer than chance explains. */
export interface TipWatch {
  /** never where the network has no spacing */
  isStale(): boolean
  stop(): void
}

export interface TipWatchDependencies {
  readonly chain: Pick<ChainView, 'events' | 'parameters'>
  readonly clock: Clock
}

export function createTipWatch({ chain, clock }: TipWatchDependencies): TipWatch {
  const { spacing } = chain.parameters
  let movedAt = clock.monotonic()
  const stop = chain.events.on('tipChanged', () => {
    movedAt = clock.monotonic()
  })
  const patience =
    spacing === null ? Number.POSITIVE_INFINITY : Math.max(LEAST_STALE_MS, STALE_SPACINGS * spacing * 1_000)
  return { isStale: () => clock.monotonic() - movedAt > patience, stop }
}
