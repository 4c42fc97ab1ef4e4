import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'

/** Outbound connections beyond the target while no new tip comes. */
const EXTRA_PEERS = 2
/** A search for a better tip takes so long, unless the tip moves before. */
const SEARCH_MS = 2 * 60_000
/** The least time from one search to the next. */
const BETWEEN_SEARCHES_MS = 5 * 60_000
/** A peer that is younger has had no time to bring anything. */
const YOUNG_MS = 30_000

/**
 * Whoever has surrounded us can keep new blocks from us. Where no tip has come for too long, a few peers more are
 * asked; when one has come, or some minutes later, those outbound peers are let go that brought nothing for longest.
 */
export interface ExtraPeers {
  /** how many more outbound connections are wanted now */
  wanted(): number
  /** Begins and ends searches; of `outbound`, those to let go now that a search is over. */
  end(outbound: readonly PeerConnection[], target: number): readonly PeerId[]
}

export interface ExtraPeersDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** whether no new tip has come for longer than chance explains */
  readonly isTipStale: () => boolean
  /** monotonic time at which the peer last brought a block */
  readonly lastBlockAt: (peer: PeerId) => number | undefined
}

export function createExtraPeers(dependencies: ExtraPeersDependencies): ExtraPeers {
  const { clock, random, logger, isTipStale, lastBlockAt } = dependencies
  let endsAt: number | undefined
  let notBefore = 0
  /** connections to give up since the last search */
  let owed = 0

  function begin(): void {
    const now = clock.monotonic()
    endsAt = now + SEARCH_MS
    // Not in step with other nodes, which are likely to have the same trouble.
    notBefore = now + BETWEEN_SEARCHES_MS + random.below(BETWEEN_SEARCHES_MS)
    logger.info('no new block for long: asking more peers', { extra: EXTRA_PEERS })
  }

  return {
    wanted: () => (endsAt === undefined ? 0 : EXTRA_PEERS),
    end(outbound, target) {
      if (endsAt === undefined) {
        if (isTipStale() && clock.monotonic() >= notBefore) begin()
      } else if (clock.monotonic() >= endsAt || !isTipStale()) {
        endsAt = undefined
        owed = EXTRA_PEERS
      }
      if (endsAt !== undefined || owed === 0) return []
      const excess = Math.min(owed, outbound.length - target)
      if (excess <= 0) {
        owed = 0
        return []
      }
      const worst = outbound
        .filter(({ since }) => clock.now() - since > YOUNG_MS)
        .sort((a, b) => (lastBlockAt(a.peer) ?? -1) - (lastBlockAt(b.peer) ?? -1) || b.since - a.since)
        .slice(0, excess)
        .map(({ peer }) => peer)
      owed -= worst.length
      return worst
    },
  }
}
