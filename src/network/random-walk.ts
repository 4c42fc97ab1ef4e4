import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { createWaker } from './waker.ts'

/** The pause after a walk that found peers; each one that finds none doubles it. */
const SHORTEST_PAUSE_MS = 1_000
/** The longest pause while there are too few connections, and when there are enough. */
const LONGEST_PAUSE_MS = 30_000
const LONGEST_PAUSE_CONTENT_MS = 60_000
/** A new connection changes whom we can ask: so long after it, we do. */
const SETTLE_MS = 150
/** With as many connections as wanted and so many peers known, there is no hurry any more. */
const ENOUGH_KNOWN = 256
/** A walk takes at most this long. */
const WALK_TIMEOUT_MS = 10_000
const KEY_BYTES = 32

export interface RandomWalkDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Asks the DHT for the peers closest to a key; whom it hears of enters the peer store. */
  readonly walk: (key: Uint8Array, signal: AbortSignal) => Promise<void>
  readonly knownPeers: () => number
  /** whether there are as many connections as wanted */
  readonly isContent: () => boolean
}

/**
 * Finds peers by asking the DHT for random keys: kad-dht by itself asks again only after minutes. Walks follow one
 * another quickly while they find peers, and ever more slowly when they do not.
 */
export interface RandomWalk {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** There is somebody new to ask. */
  poke(): void
}

export function createRandomWalk(dependencies: RandomWalkDependencies): RandomWalk {
  const { clock, random, logger, walk, knownPeers, isContent } = dependencies
  const waker = createWaker(clock)

  const isInNoHurry = (): boolean => isContent() && knownPeers() >= ENOUGH_KNOWN

  async function walkOnce(stopping: AbortSignal): Promise<void> {
    const timeout = new AbortController()
    const cancel = clock.after(WALK_TIMEOUT_MS, () => timeout.abort())
    try {
      await walk(random.bytes(KEY_BYTES), AbortSignal.any([stopping, timeout.signal]))
    } catch (error) {
      if (!stopping.aborted) logger.debug('random walk failed', { error: errorMessage(error) })
    } finally {
      cancel()
    }
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    if (isInNoHurry()) return clock.sleep(ms, signal)
    await clock.sleep(SETTLE_MS, signal)
    await waker.sleep(ms - SETTLE_MS, signal)
  }

  return {
    poke: waker.poke,
    async run(signal) {
      let fruitless = 0
      try {
        for (;;) {
          const before = knownPeers()
          await walkOnce(signal)
          signal.throwIfAborted()
          fruitless = knownPeers() > before && !isInNoHurry() ? 0 : fruitless + 1
          const longest = isContent() ? LONGEST_PAUSE_CONTENT_MS : LONGEST_PAUSE_MS
          const most = Math.min(longest, SHORTEST_PAUSE_MS * 2 ** fruitless)
          await pause(most / 2 + random.below(most / 2 + 1), signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
