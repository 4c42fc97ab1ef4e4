import type { WireFault } from '../../protocols/wire-fault.ts'
import { errorMessage } from '../base/errors.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted } from '../ports/chain.ts'
import { shuffled } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createBell } from './bell.ts'
import type { BlocksUnderWay } from './blocks-under-way.ts'
import { type Batch, createBatch, noteAnswer } from './sync-batch.ts'
import { createBlockFeed } from './sync-connect.ts'
import { createFailurePause } from './sync-failure.ts'
import type { SyncGoal } from './sync-goal.ts'
import type { SyncHalfDependencies } from './sync-headers.ts'
import { createBlockLacks } from './sync-lacks.ts'
import { keepsBlock, type SyncPeer, servesBlocks } from './sync-peers.ts'
import { createBlockSenders } from './sync-senders.ts'
import { createBlockShares } from './sync-shares.ts'
import { createStallWatch } from './sync-stall.ts'
import { createBlockWindow, WINDOW_BLOCKS } from './sync-window.ts'
import { blameForBlock } from './verdicts.ts'

export interface BlockSyncOptions {
  /** While so many bytes of blocks wait to be connected, only the block that holds them up is fetched. */
  readonly maxArrivedBytes: number
}

export interface BlockSyncDependencies extends SyncHalfDependencies {
  readonly goal: SyncGoal
  /** blocks that somebody else is about to bring: they are not fetched meanwhile */
  readonly underWay: BlocksUnderWay
  readonly onAccepted: (accepted: BlockAccepted, from: PeerId) => void
  /** nothing is missing on the way to the goal */
  readonly onIdle: () => void
}

export interface BlockSync {
  /** Works until the signal aborts, and then rejects with its reason. */
  run(signal: AbortSignal): Promise<never>
}

/**
 * Fetches the blocks on the way to the goal, from several peers at once, one batch in flight for each, and
 * hands them to the chain strictly in order while later ones are still on their way.
 */
export function createBlockSync(
  { maxArrivedBytes }: BlockSyncOptions,
  dependencies: BlockSyncDependencies,
): BlockSync {
  const { chain, sessions, goal, peers, progress, clock, random, logger, underWay } = dependencies
  const window = createBlockWindow()
  const batches = new Map<SyncPeer, Batch>()
  const changed = createBell()
  const shares = createBlockShares()
  const downloads = new Set<Promise<void>>()
  const lacks = createBlockLacks(clock, () => look())
  const senders = createBlockSenders(chain)
  /** what the window leads to */
  let aim: BlockHash | undefined
  /** whether the window has to be made anew */
  let isStale = false
  let wasCut = false
  const failure = createFailurePause(clock)
  const stall = createStallWatch({ chain, clock, logger, window, batches, usable: () => usable() })

  function refresh(): void {
    goal.reconsider()
    const best = goal.get()
    const isLow = wasCut && window.size <= WINDOW_BLOCKS / 2
    const isOther = isStale || aim !== best?.hash
    if (!isOther && !isLow) return
    // Who lacks a block of one branch may well have those of another.
    if (isOther) lacks.clear()
    isStale = false
    aim = best?.hash
    const missing = best === undefined ? [] : chain.missingBodies(WINDOW_BLOCKS, best)
    wasCut = missing.length === WINDOW_BLOCKS
    window.replace(missing.filter((hash) => !feed.has(hash)))
    if (isOther) for (const { hash, from, fault } of senders.takeGuilty()) refuse(hash, from, fault)
  }

  function refuse(hash: BlockHash, from: PeerId, fault: RuleViolation | WireFault): void {
    const peer = peers.get(from)
    if (peer !== undefined) peers.blame(peer, blameForBlock(fault), fault)
    else logger.warn('block refused', { hash, code: fault.code, peer: from })
  }

  const usable = (): SyncPeer[] =>
    peers.list().filter((peer) => !peer.isResting() && !lacks.has(peer) && servesBlocks(peer))

  const isFull = (): boolean => window.arrivedBytes + feed.bytes >= maxArrivedBytes

  /** The block that everything waits for: as long as the chain has others to look at there is none. */
  const urgent = (): BlockHash | undefined => (feed.bytes === 0 ? window.head() : undefined)

  /** Gives each free peer the first blocks that it may have. */
  function assign(): void {
    refresh()
    const candidates = usable()
    const highest = Math.max(...candidates.map((peer) => peer.session().tip.height))
    for (const peer of shares.fastestFirst(shuffled(random, candidates))) {
      if (batches.has(peer)) continue
      // What nobody says to have may still be had by somebody: what is known of a peer's tip is often old.
      const reach = peer.session().tip.height
      const suits = (hash: BlockHash): boolean => {
        const height = chain.entry(hash)?.height ?? 0
        return (
          (height <= reach || height > highest) &&
          keepsBlock(peer, height) &&
          !chain.hasBody(hash) &&
          !underWay.has(hash)
        )
      }
      const hashes = window.unasked(shares.shareOf(peer, candidates), suits)
      if (hashes.length === 0 || (isFull() && hashes[0] !== urgent())) continue
      const done = download(peer, hashes).finally(() => downloads.delete(done))
      downloads.add(done)
    }
  }

  /** Tells how it stands with the block that everything waits for. */
  function watch(): void {
    const head = window.head()
    const isWaited = head !== undefined && window.arrival(head) === undefined && !chain.hasBody(head)
    const isAsked = isWaited && window.askedFrom(head) !== undefined
    goal.waitsFor(isWaited ? head : undefined, isAsked ? stall.isHeadMoving : undefined)
    if (isWaited && !isAsked && !underWay.has(head) && lacks.size > 0 && usable().length === 0)
      goal.nobodyHasIt()
  }

  function look(): void {
    assign()
    watch()
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
      const { hash, bytes } = answer.value
      noteAnswer(batch, hash, clock.monotonic())
      window.release(hash, peer.peer)
      if (bytes === undefined) lacked = true
      else window.arrive({ hash, bytes, from: peer.peer })
      look()
      if (batch.left.size > 0 && !(await room(batch))) return
    }
    if (lacked) lacks.note(peer)
  }

  async function download(peer: SyncPeer, hashes: readonly BlockHash[]): Promise<void> {
    const batch = createBatch(peer, hashes, clock.monotonic())
    const abort = (): void => batch.cancel.abort(peer.gone.reason)
    peer.gone.addEventListener('abort', abort, { once: true })
    batches.set(peer, batch)
    stall.watch()
    for (const hash of hashes) window.ask(hash, peer.peer)
    try {
      await receive(batch, hashes)
    } catch (error) {
      peers.failed(peer, error)
    } finally {
      peer.gone.removeEventListener('abort', abort)
      for (const hash of batch.left) window.release(hash, peer.peer)
      shares.took(peer, batch.tookMs, batch.brought)
      batches.delete(peer)
      look()
    }
  }

  const feed = createBlockFeed({
    chain,
    clock,
    judged({ hash, from }, verdict) {
      look()
      failure.stored()
      if (verdict.ok) {
        stall.connected()
        sessions.sawTip(from, verdict.value.entry)
        progress.block()
        if (!verdict.value.connected) senders.note(verdict.value.entry, from)
        dependencies.onAccepted(verdict.value, from)
        return
      }
      // The chain has turned away from it, or (where only the body was wrong) wants it from somebody else.
      isStale = true
      const fault = verdict.error
      // Whoever sent a block on an invalid one sent what we had asked for: the blame is that one's.
      if (fault.code === 'parent-invalid' || fault.code === 'parent-unknown') return
      refuse(hash, from, fault)
    },
    failed({ hash }, error) {
      // Our disk, not the peer's fault: what was lost is fetched again.
      failure.failed()
      look()
      logger.error('block not stored', { hash, reason: errorMessage(error), retryMs: failure.ms })
    },
  })

  async function recover(signal: AbortSignal): Promise<void> {
    await feed.idle()
    await failure.make(signal)
    isStale = true
  }

  async function step(signal: AbortSignal): Promise<void> {
    if (failure.isDue) return recover(signal)
    look()
    const head = window.head()
    if (head === undefined) {
      await feed.idle()
      if (window.head() === undefined && !failure.isDue) dependencies.onIdle()
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
      const stops = [
        chain.events.on('headersAdded', look),
        peers.changed.listen(look),
        underWay.changed.listen(look),
        goal.changed.listen(look),
      ]
      try {
        for (;;) {
          signal.throwIfAborted()
          await step(signal)
        }
      } finally {
        for (const stop of stops) stop()
        stall.stop()
        await Promise.all(downloads)
        lacks.clear()
        await feed.idle()
      }
    },
  }
}
