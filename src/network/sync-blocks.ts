import { DEADLINE_EXCEEDED } from '../../protocols/deadline.ts'
import { RECENT_BLOCKS, SERVICE_BLOCKS, SERVICE_RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { MAX_BLOCKS_ASKED } from '../../protocols/sync/protocol.ts'
import { CairnError, errorMessage } from '../base/errors.ts'
import { blameInBlock } from '../consensus/rules.ts'
import type { BlockAccepted } from '../ports/chain.ts'
import { shuffled } from '../ports/random.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createBell } from './bell.ts'
import { createBlockFeed } from './sync-connect.ts'
import type { SyncHalfDependencies } from './sync-headers.ts'
import type { SyncPeer } from './sync-peers.ts'
import { createBlockWindow } from './sync-window.ts'
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

const ANY_BLOCKS = SERVICE_BLOCKS | SERVICE_RECENT_BLOCKS

/** Whether the peer says to keep blocks of this height: all of them, or only the last. */
function keeps(peer: SyncPeer, height: number): boolean {
  const { hello, tip } = peer.session()
  return (hello.services & SERVICE_BLOCKS) !== 0n || height > tip.height - RECENT_BLOCKS
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
  /** whether a block could not be stored, and the window has to be made anew after a pause */
  let failing = false

  function refresh(): void {
    const best = chain.bestHeader().hash
    const isLow = wasCut && window.size <= WINDOW_BLOCKS / 2
    if (goal === best && !isLow) return
    goal = best
    const missing = chain.missingBodies(WINDOW_BLOCKS)
    wasCut = missing.length === WINDOW_BLOCKS
    window.replace(missing.filter((hash) => !feed.has(hash)))
  }

  const usable = (): SyncPeer[] =>
    peers.list().filter((peer) => !peer.isResting() && (peer.session().hello.services & ANY_BLOCKS) !== 0n)

  const isFull = (): boolean => window.arrivedBytes + feed.bytes >= maxArrivedBytes

  /** The block that everything waits for: as long as the chain has others to look at there is none. */
  const urgent = (): BlockHash | undefined => (feed.bytes === 0 ? window.head() : undefined)

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
        return (height <= reach || height > highest) && keeps(peer, height) && !chain.hasBody(hash)
      }
      const hashes = window.unasked(MAX_BLOCKS_ASKED, suits)
      if (hashes.length === 0 || (isFull() && hashes[0] !== urgent())) continue
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
      const head = urgent()
      if (!isFull() || (head !== undefined && batch.left.has(head))) break
      // Nobody was asked for the block that everything waits for, and all peers may be held up like this one.
      if (head !== undefined && window.arrival(head) === undefined && window.askedFrom(head) === undefined)
        return false
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
      peer !== batch.peer &&
      (batches.get(peer)?.held ?? true) &&
      peer.session().tip.height >= height &&
      keeps(peer, height)
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

  const feed = createBlockFeed({
    chain,
    judged({ block, from }, verdict) {
      look()
      failurePauseMs = MIN_FAILURE_PAUSE_MS
      if (verdict.ok) {
        stallMs = Math.max(MIN_STALL_MS, stallMs * STALL_DECAY)
        sessions.sawTip(from, verdict.value.entry)
        progress.block()
        onAccepted(verdict.value)
        return
      }
      // The chain has turned away from it, or (where only the body was wrong) wants it from somebody else.
      goal = undefined
      const { code } = verdict.error
      // Whoever sent a block on an invalid one sent what we had asked for: the blame is that one's.
      if (code === 'parent-invalid' || code === 'parent-unknown') return
      const peer = peers.get(from)
      if (peer !== undefined) peers.blame(peer, blameInBlock(code), verdict.error)
      else logger.warn('block refused', { hash: block.hash, code, peer: from })
    },
    failed({ block }, error) {
      // Our disk, not the peer's fault: what was lost is fetched again.
      failing = true
      look()
      logger.error('block not stored', {
        hash: block.hash,
        reason: errorMessage(error),
        retryMs: failurePauseMs,
      })
    },
  })

  async function recover(signal: AbortSignal): Promise<void> {
    await feed.idle()
    await clock.sleep(failurePauseMs, signal)
    failurePauseMs = Math.min(2 * failurePauseMs, MAX_FAILURE_PAUSE_MS)
    failing = false
    goal = undefined
  }

  async function step(signal: AbortSignal): Promise<void> {
    if (failing) return recover(signal)
    look()
    const head = window.head()
    if (head === undefined) {
      await feed.idle()
      if (window.head() === undefined && !failing) onIdle()
      return changed.wait(signal)
    }
    // It may have come by gossip meanwhile.
    if (chain.hasBody(head)) return window.shift()
    const arrival = window.arrival(head)
    if (arrival === undefined) return changed.wait(signal)
    window.shift()
    return feed.offer(arrival)
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
        await feed.idle()
      }
    },
  }
}
