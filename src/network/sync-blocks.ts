import { DEADLINE_EXCEEDED } from '../../protocols/deadline.ts'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { MAX_BLOCKS_ASKED } from '../../protocols/sync/protocol.ts'
import { CairnError, errorMessage } from '../base/errors.ts'
import { blameInBlock } from '../consensus/rules.ts'
import type { BlockAccepted } from '../ports/chain.ts'
import { shuffled } from '../ports/random.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createBell } from './bell.ts'
import type { SyncHalfDependencies } from './sync-headers.ts'
import type { SyncPeer } from './sync-peers.ts'
import { type Arrival, createBlockWindow } from './sync-window.ts'
import { blameForBlock } from './verdicts.ts'

/** Blocks are fetched at most so far ahead of the first one that is missing. */
export const WINDOW_BLOCKS = 128
export interface BlockSyncOptions {
  /** While so many bytes of blocks wait to be connected, only the block that holds them up is fetched. */
  readonly maxArrivedBytes: number
}

/** A peer that holds up all the others for this long is replaced; doubles each time, and shrinks with each block. */
const MIN_STALL_MS = 2_000
const MAX_STALL_MS = 64_000
const STALL_DECAY = 0.85
const STALL_CHECK_MS = 500

/** After a failure of our own disk, doubling. */
const MIN_FAILURE_PAUSE_MS = 1_000
const MAX_FAILURE_PAUSE_MS = 60_000

export interface BlockSyncDependencies extends SyncHalfDependencies {
  readonly onAccepted: (accepted: BlockAccepted) => void
  /** nothing is missing on the way to the best header */
  readonly onIdle: () => void
}

export interface BlockSync {
  /** Works until the signal aborts, and then rejects with its reason. */
  run(signal: AbortSignal): Promise<never>
}

/** A request for blocks that is being answered. */
interface Batch {
  readonly peer: SyncPeer
  readonly left: Set<BlockHash>
  readonly cancel: AbortController
  /** monotonic time of the last sign of life */
  heardAt: number
  /** whether we hold it up, since too much waits already */
  held: boolean
}

/**
 * Fetches the blocks on the way to the best header, from several peers at once, one batch in flight for each, and
 * hands them to the chain strictly in order while later ones are still on their way.
 */
export function createBlockSync(
  { maxArrivedBytes }: BlockSyncOptions,
  dependencies: BlockSyncDependencies,
): BlockSync {
  const { chain, sessions, peers, progress, clock, random, logger, onAccepted, onIdle } = dependencies
  const window = createBlockWindow()
  const batches = new Map<SyncPeer, Batch>()
  const changed = createBell()
  const downloads = new Set<Promise<void>>()
  /** the best header that the window leads to; undefined where it has to be made anew */
  let goal: BlockHash | undefined
  let wasCut = false
  let stallMs = MIN_STALL_MS
  let failurePauseMs = MIN_FAILURE_PAUSE_MS

  function refresh(): void {
    const best = chain.bestHeader().hash
    const isLow = wasCut && window.size <= WINDOW_BLOCKS / 2
    if (goal === best && !isLow) return
    goal = best
    const missing = chain.missingBodies(WINDOW_BLOCKS)
    wasCut = missing.length === WINDOW_BLOCKS
    window.replace(missing)
  }

  const usable = (): SyncPeer[] =>
    peers
      .list()
      .filter((peer) => !peer.isResting() && (peer.session().hello.services & SERVICE_BLOCKS) !== 0n)

  const isFull = (): boolean => window.arrivedBytes >= maxArrivedBytes

  /** Gives each free peer the first blocks that it may have. */
  function assign(): void {
    refresh()
    const candidates = usable()
    const highest = Math.max(...candidates.map((peer) => peer.session().tip.height))
    for (const peer of shuffled(random, candidates)) {
      if (batches.has(peer)) continue
      // What nobody says to have may still be had by somebody: what is known of a peer's tip is often old.
      const reach = peer.session().tip.height
      const suits = (hash: BlockHash): boolean => {
        const height = chain.entry(hash)?.height ?? 0
        return (height <= reach || height > highest) && !chain.hasBody(hash)
      }
      const hashes = window.unasked(MAX_BLOCKS_ASKED, suits)
      if (hashes.length === 0 || (isFull() && hashes[0] !== window.head())) continue
      const done = download(peer, hashes).finally(() => downloads.delete(done))
      downloads.add(done)
    }
  }

  function look(): void {
    assign()
    changed.ring()
  }

  /** Waits until there is room for another block; false where the peer is needed for something more urgent. */
  async function room(batch: Batch): Promise<boolean> {
    for (;;) {
      const head = window.head()
      if (!isFull() || head === undefined || batch.left.has(head)) break
      // Nobody was asked for the block that everything waits for, and all peers may be held up like this one.
      if (window.arrival(head) === undefined && window.askedFrom(head) === undefined) return false
      batch.held = true
      await changed.wait(batch.cancel.signal)
    }
    batch.held = false
    batch.heardAt = clock.monotonic()
    return true
  }

  async function receive(batch: Batch, hashes: readonly BlockHash[]): Promise<void> {
    const { peer } = batch
    let lacked = false
    for await (const answer of peer.blocks.blocks(hashes, { signal: batch.cancel.signal })) {
      if (!answer.ok) return peers.blame(peer, blameForBlock(answer.error), answer.error)
      const { hash, block } = answer.value
      batch.heardAt = clock.monotonic()
      batch.left.delete(hash)
      window.release(hash, peer.peer)
      if (block === undefined) lacked = true
      else window.arrive(block, peer.peer)
      look()
      if (batch.left.size > 0 && !(await room(batch))) return
    }
    if (lacked) peers.rest(peer)
  }

  async function download(peer: SyncPeer, hashes: readonly BlockHash[]): Promise<void> {
    const cancel = new AbortController()
    const batch: Batch = {
      peer,
      left: new Set(hashes),
      cancel,
      heardAt: clock.monotonic(),
      held: false,
    }
    const abort = (): void => cancel.abort(peer.gone.reason)
    peer.gone.addEventListener('abort', abort, { once: true })
    batches.set(peer, batch)
    if (batches.size === 1) checkLater()
    for (const hash of hashes) window.ask(hash, peer.peer)
    try {
      await receive(batch, hashes)
    } catch (error) {
      peers.failed(peer, error)
    } finally {
      peer.gone.removeEventListener('abort', abort)
      for (const hash of batch.left) window.release(hash, peer.peer)
      batches.delete(peer)
      look()
    }
  }

  /** Replaces a peer that keeps the first missing block back while others have nothing left to do. */
  function checkStall(): void {
    const head = window.head()
    if (head === undefined || window.arrived === 0) return
    const owner = window.askedFrom(head)
    const batch = [...batches.values()].find(({ peer }) => peer.peer === owner)
    if (batch === undefined || clock.monotonic() - batch.heardAt < stallMs) return
    const height = chain.entry(head)?.height ?? 0
    const canTakeOver = (peer: SyncPeer): boolean =>
      peer !== batch.peer && (batches.get(peer)?.held ?? true) && peer.session().tip.height >= height
    if (!usable().some(canTakeOver)) return
    logger.debug('download stalled', { peer: batch.peer.peer, hash: head, stallMs })
    batch.cancel.abort(new CairnError(DEADLINE_EXCEEDED, `no block within ${stallMs} ms`, { hash: head }))
    stallMs = Math.min(2 * stallMs, MAX_STALL_MS)
  }

  let cancelCheck = (): void => {}
  function checkLater(): void {
    cancelCheck()
    cancelCheck = clock.after(STALL_CHECK_MS, () => {
      checkStall()
      if (batches.size > 0) checkLater()
    })
  }

  async function connect(hash: BlockHash, { block, from }: Arrival, signal: AbortSignal): Promise<void> {
    let accepted: Awaited<ReturnType<typeof chain.acceptBlock>>
    try {
      accepted = await chain.acceptBlock(block)
    } catch (error) {
      // Our disk, not the peer's fault: the block stays where it is and is tried again.
      logger.error('block not stored', { hash, reason: errorMessage(error), retryMs: failurePauseMs })
      await clock.sleep(failurePauseMs, signal)
      failurePauseMs = Math.min(2 * failurePauseMs, MAX_FAILURE_PAUSE_MS)
      return
    }
    failurePauseMs = MIN_FAILURE_PAUSE_MS
    if (window.head() === hash) window.shift()
    if (!accepted.ok) {
      // The chain has turned away from it, or (where only the body was wrong) wants it from somebody else.
      goal = undefined
      const peer = peers.get(from)
      if (peer !== undefined) peers.blame(peer, blameInBlock(accepted.error.code), accepted.error)
      else logger.warn('block refused', { hash, code: accepted.error.code, peer: from })
      return
    }
    stallMs = Math.max(MIN_STALL_MS, stallMs * STALL_DECAY)
    sessions.sawTip(from, accepted.value.entry)
    progress.block()
    onAccepted(accepted.value)
  }

  async function step(signal: AbortSignal): Promise<void> {
    look()
    const head = window.head()
    if (head === undefined) {
      onIdle()
      return changed.wait(signal)
    }
    // It may have come by gossip meanwhile.
    if (chain.hasBody(head)) return window.shift()
    const arrival = window.arrival(head)
    return arrival === undefined ? changed.wait(signal) : connect(head, arrival, signal)
  }

  return {
    async run(signal) {
      const stops = [chain.events.on('headersAdded', look), peers.changed.listen(look)]
      try {
        for (;;) {
          signal.throwIfAborted()
          await step(signal)
        }
      } finally {
        for (const stop of stops) stop()
        cancelCheck()
        await Promise.all(downloads)
      }
    },
  }
}
