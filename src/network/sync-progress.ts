import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { SyncStatus } from '../ports/node-services.ts'
import type { PeerId } from '../ports/transport.ts'
import type { HeaderPresync } from './header-presync.ts'

/** Least time between two lines of the log about the same thing. */
const LOG_INTERVAL_MS = 5_000
/** The rate is that of the last so many milliseconds. */
const RATE_SPAN_MS = 10_000
const SAMPLE_INTERVAL_MS = 1_000

export type SyncEstimate = Pick<SyncStatus, 'blocksLeft' | 'blocksPerSecond' | 'secondsLeft'>

/** Counts what the sync has done, for the log and for the status. */
export interface SyncProgress {
  headers(added: number, peer: PeerId): void
  /** a chain of headers is looked at before it is stored */
  presync(headers: HeaderPresync): void
  /** a block of the sync was stored, and connected where it could be */
  block(): void
  /** Nothing is left to fetch: says so in the log where something was fetched. */
  settle(): void
  /** what is left of the blocks that are fetched */
  estimate(): SyncEstimate
}

export interface SyncProgressDependencies {
  readonly chain: Pick<ChainView, 'tip' | 'bestHeader'>
  /** what blocks are fetched for; the tip where there is nothing */
  readonly goal: () => ChainEntry
  readonly clock: Clock
  readonly logger: Logger
}

export function createSyncProgress(dependencies: SyncProgressDependencies): SyncProgress {
  const { chain, goal, clock, logger } = dependencies
  /** number of blocks at moments of the last seconds, oldest first */
  let samples: { readonly at: number; readonly blocks: number }[] = []
  let blocks = 0
  let headersUnsaid = 0
  let blocksUnsaid = 0
  let headersFrom: PeerId | undefined
  let headersSaidAt = Number.NEGATIVE_INFINITY
  let presyncSaidAt = Number.NEGATIVE_INFINITY
  /** undefined until the first block after a rest */
  let blocksSaidAt: number | undefined

  function ratePerSecond(): number {
    const now = clock.monotonic()
    const since = samples.find((sample) => sample.at >= now - RATE_SPAN_MS)
    // Over less than a second a rate says nothing: the first blocks of a burst would look like thousands.
    return since === undefined ? 0 : ((blocks - since.blocks) * 1000) / Math.max(now - since.at, 1000)
  }

  function estimate(): SyncEstimate {
    const blocksPerSecond = ratePerSecond()
    const blocksLeft = Math.max(0, goal().height - chain.tip().height)
    const secondsLeft =
      blocksLeft > 0 && blocksPerSecond > 0 ? Math.ceil(blocksLeft / blocksPerSecond) : undefined
    return { blocksLeft, blocksPerSecond, secondsLeft }
  }

  function sayBlocks(phrase: string): void {
    const { blocksPerSecond, secondsLeft } = estimate()
    logger.info(phrase, {
      count: blocksUnsaid,
      height: chain.tip().height,
      bestHeight: goal().height,
      perSecond: Math.round(blocksPerSecond * 10) / 10,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    })
    blocksUnsaid = 0
    blocksSaidAt = clock.monotonic()
  }

  function sayHeaders(): void {
    logger.info('headers received', {
      count: headersUnsaid,
      bestHeight: chain.bestHeader().height,
      peer: headersFrom,
    })
    headersUnsaid = 0
    headersSaidAt = clock.monotonic()
  }

  return {
    presync({ phase, height, percent }) {
      if (clock.monotonic() - presyncSaidAt < LOG_INTERVAL_MS) return
      presyncSaidAt = clock.monotonic()
      logger.info('headers looked at before they are stored', {
        pass: phase,
        height,
        percent,
      })
    },
    headers(added, peer) {
      headersUnsaid += added
      headersFrom = peer
      if (headersUnsaid > 0 && clock.monotonic() - headersSaidAt >= LOG_INTERVAL_MS) sayHeaders()
    },
    block() {
      const now = clock.monotonic()
      const last = samples.at(-1)
      if (last === undefined || now - last.at >= SAMPLE_INTERVAL_MS) {
        samples = [...samples.filter((sample) => sample.at >= now - RATE_SPAN_MS), { at: now, blocks }]
      }
      blocks += 1
      blocksUnsaid += 1
      blocksSaidAt ??= now
      if (now - blocksSaidAt >= LOG_INTERVAL_MS) sayBlocks('blocks connected')
    },
    settle() {
      if (headersUnsaid > 0) sayHeaders()
      if (blocksSaidAt !== undefined) sayBlocks('chain caught up')
      blocksSaidAt = undefined
    },
    estimate,
  }
}
