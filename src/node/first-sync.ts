import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Miner } from '../ports/miner.ts'
import type { SyncStatus } from '../ports/node-services.ts'

/** A node that knows peers waits so long for the first of them. */
const FIRST_PEER_MS = 10_000
/** Nor does it wait for peers that bring no block for so long: whoever withholds blocks must not keep it from mining. */
const NO_PROGRESS_MS = 60_000
const LOOK_MS = 250
/** It is there once nothing was missing for so many looks: what a peer has is asked for right after its hello. */
const IDLE_LOOKS = 2

export interface FirstSyncMinerDependencies {
  readonly miner: Miner
  readonly sync: () => Pick<SyncStatus, 'phase' | 'height' | 'bestHeight' | 'peers'>
  readonly clock: Clock
  readonly logger: Logger
}

/** The node's miner, which can be told to wait. */
export interface FirstSyncMiner extends Miner {
  /**
   * Starts when the node has caught up with its peers: blocks that it mined before would be left behind. At once where
   * somebody calls `start`, never where somebody calls `stop` meanwhile.
   */
  startAfterSync(scriptPubKey: Uint8Array, address: string): void
}

export function createFirstSyncMiner(dependencies: FirstSyncMinerDependencies): FirstSyncMiner {
  const { miner, sync, clock, logger } = dependencies
  let waiting: AbortController | undefined

  function wake(): void {
    waiting?.abort(new Error('somebody else decides'))
    waiting = undefined
  }

  /** Resolves with why the wait is over. */
  async function caughtUp(signal: AbortSignal): Promise<'caught up' | 'no peer' | 'no progress'> {
    let movedAt = clock.monotonic()
    let seen = ''
    let idleLooks = 0
    let met = false
    for (;;) {
      const { phase, height, bestHeight, peers } = sync()
      const now = clock.monotonic()
      const moved = `${height} ${bestHeight}`
      if (moved !== seen || (peers > 0 && !met)) movedAt = now
      seen = moved
      met ||= peers > 0
      idleLooks = peers > 0 && phase === 'idle' ? idleLooks + 1 : 0
      if (idleLooks >= IDLE_LOOKS) return 'caught up'
      if (!met && now - movedAt >= FIRST_PEER_MS) return 'no peer'
      if (now - movedAt >= NO_PROGRESS_MS) return 'no progress'
      await clock.sleep(LOOK_MS, signal)
    }
  }

  async function wait(scriptPubKey: Uint8Array, address: string, controller: AbortController): Promise<void> {
    const reason = await caughtUp(controller.signal)
    waiting = undefined
    logger.info('mining after the first sync', { reason })
    miner.start(scriptPubKey, address)
  }

  return {
    ...miner,
    startAfterSync(scriptPubKey, address) {
      wake()
      const controller = new AbortController()
      waiting = controller
      logger.info('mining waits for the first sync')
      wait(scriptPubKey, address, controller).catch((error: unknown) => {
        if (!controller.signal.aborted) logger.error('mining not started', { reason: errorMessage(error) })
      })
    },
    start(scriptPubKey, address) {
      wake()
      miner.start(scriptPubKey, address)
    },
    stop() {
      wake()
      return miner.stop()
    },
  }
}
