import { DEADLINE_EXCEEDED } from '../../protocols/deadline.ts'
import { CairnError } from '../base/errors.ts'
import type { ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type Batch, isMoving } from './sync-batch.ts'
import { createStallPatience } from './sync-patience.ts'
import { keepsBlock, type SyncPeer } from './sync-peers.ts'
import type { BlockWindow } from './sync-window.ts'

const STALL_CHECK_MS = 500

export interface StallWatchDependencies {
  readonly chain: Pick<ChainView, 'entry'>
  readonly clock: Clock
  readonly logger: Logger
  readonly window: BlockWindow
  /** the requests that are being answered */
  readonly batches: ReadonlyMap<SyncPeer, Batch>
  /** peers that may be asked */
  readonly usable: () => readonly SyncPeer[]
}

/** Replaces a peer that keeps the first missing block back while others have nothing left to do. */
export interface StallWatch {
  /** Looks now and then, for as long as something is asked for. */
  watch(): void
  /** Whether the block that everything waits for is on its way, however slowly. */
  isHeadMoving(): boolean
  /** A block was connected. */
  connected(): void
  stop(): void
}

export function createStallWatch(dependencies: StallWatchDependencies): StallWatch {
  const { chain, clock, logger, window, batches, usable } = dependencies
  const patience = createStallPatience()
  let cancel: (() => void) | undefined

  /** The request for the block that everything waits for. */
  function headBatch(): Batch | undefined {
    const head = window.head()
    const owner = head === undefined ? undefined : window.askedFrom(head)
    return [...batches.values()].find(({ peer }) => peer.peer === owner)
  }

  function isHeadMoving(): boolean {
    const batch = headBatch()
    return batch !== undefined && isMoving(batch, clock.monotonic())
  }

  function check(): void {
    const moving = isHeadMoving()
    const head = window.head()
    const batch = headBatch()
    if (head === undefined || batch === undefined || window.arrived === 0) return
    if (clock.monotonic() - batch.heardAt < patience.ms) return
    const height = chain.entry(head)?.height ?? 0
    const canTakeOver = (peer: SyncPeer): boolean =>
      peer !== batch.peer &&
      (batches.get(peer)?.held ?? true) &&
      peer.session().tip.height >= height &&
      keepsBlock(peer, height)
    if (!usable().some(canTakeOver)) return
    logger.debug('download stalled', { peer: batch.peer.peer, hash: head, stallMs: patience.ms })
    // One that sends, only slowly, is replaced and not let go: the line that is slow may be ours.
    const code = moving ? 'too-slow' : DEADLINE_EXCEEDED
    batch.cancel.abort(new CairnError(code, `no block within ${patience.ms} ms`, { hash: head }))
    patience.replaced()
  }

  function watch(): void {
    cancel ??= clock.after(STALL_CHECK_MS, () => {
      cancel = undefined
      check()
      if (batches.size > 0) watch()
    })
  }

  return {
    watch,
    isHeadMoving,
    connected: patience.connected,
    stop() {
      cancel?.()
      cancel = undefined
    },
  }
}
