import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { type Bell, createBell } from './bell.ts'
import type { SyncPeer, SyncPeers } from './sync-peers.ts'
import { createWithheldBlocks, type Withheld } from './sync-withheld.ts'

/** A branch is put aside where its next block has not come for this long after somebody was asked for it, nor is coming. */
export const GOAL_PATIENCE_MS = 20_000
/** Peers that we have dialled for each of whom a branch is tried again as soon as he shows it. */
const MAX_SHOWN_BY = 16

/**
 * Which header the sync fetches blocks for: the best one, unless its blocks cannot be had. Headers alone must not keep
 * a node from the best chain that somebody backs with blocks.
 */
export interface SyncGoal {
  /** rings when another header may have become the goal */
  readonly changed: Pick<Bell, 'listen'>
  /** undefined where no branch that can be had has more work than the tip */
  get(): ChainEntry | undefined
  /** Tries a branch again that a peer shows who did not before. */
  reconsider(): void
  /**
   * Notes the block that everything waits for. @param isMoving - given where somebody is asked for it: whether it is on
   * its way, however slowly
   */
  waitsFor(hash: BlockHash | undefined, isMoving: (() => boolean) | undefined): void
  /** All who could be asked for that block lack it: there is no use in patience where another branch can be had. */
  nobodyHasIt(): void
  stop(): void
}

export interface SyncGoalDependencies {
  readonly chain: ChainView
  readonly peers: Pick<SyncPeers, 'list'>
  readonly clock: Clock
  readonly logger: Logger
}

export function createSyncGoal({ chain, peers, clock, logger }: SyncGoalDependencies): SyncGoal {
  const changed = createBell()
  const withheld = createWithheldBlocks({ chain, clock, onTry: changed.ring })
  let waited: BlockHash | undefined
  /** stops the wait for that block; undefined until somebody is asked for it */
  let cancelWait: (() => void) | undefined
  /** whether all lacked it since somebody was asked last */
  let isInVain = false

  function shownBy(peer: SyncPeer): ChainEntry[] {
    const shown = [chain.entry(peer.session().tip.hash), peer.headers.last]
    return shown.flatMap((entry) => (entry === undefined || chain.faultOf(entry.hash) ? [] : entry))
  }

  function standsOn(entry: ChainEntry, hash: BlockHash): boolean {
    const height = chain.entry(hash)?.height ?? 0
    let at: ChainEntry | undefined = entry
    while (at !== undefined && at.height > height) at = chain.entry(at.header.previous)
    return at?.hash === hash
  }

  /** The best that somebody has shown, that is not aside, and that does not stand on `without`. */
  function nextBest(without?: BlockHash): ChainEntry | undefined {
    let best: ChainEntry | undefined
    for (const entry of peers.list().flatMap(shownBy)) {
      if (entry.work <= (best ?? chain.tip()).work || withheld.below(entry) !== undefined) continue
      if (without === undefined || !standsOn(entry, without)) best = entry
    }
    return best
  }

  /** Notes who shows the branch; whether one of them is new, and no stranger: whoever dials us may be anybody. */
  function noteShown(aside: Withheld): boolean {
    const fresh = peers.list().filter((peer) => {
      const counts = !peer.session().inbound && !aside.shownBy.has(peer.peer)
      return counts && shownBy(peer).some((entry) => withheld.below(entry) === aside)
    })
    if (aside.shownBy.size >= MAX_SHOWN_BY) return false
    for (const { peer } of fresh) aside.shownBy.add(peer)
    return fresh.length > 0
  }

  function wait(hash: BlockHash | undefined): void {
    cancelWait?.()
    cancelWait = undefined
    waited = hash
    isInVain = false
  }

  function putAside(hash: BlockHash): void {
    const best = chain.bestHeader()
    wait(undefined)
    withheld.putAside(hash)
    const aside = withheld.below(best)
    if (aside !== undefined) noteShown(aside)
    logger.info('branch put aside: nobody gives its blocks', { hash, bestHeight: best.height })
    changed.ring()
  }

  function beginWait(hash: BlockHash, isMoving: () => boolean): void {
    cancelWait = clock.after(GOAL_PATIENCE_MS, () => {
      // A line may be slow for everyone; where there is another branch, that one shows whether it is.
      if (isMoving() && nextBest(hash) === undefined) beginWait(hash, isMoving)
      else putAside(hash)
    })
  }

  return {
    changed,
    get() {
      const best = chain.bestHeader()
      if (best.work <= chain.tip().work) return undefined
      return withheld.below(best) === undefined ? best : nextBest()
    },
    reconsider() {
      const aside = withheld.below(chain.bestHeader())
      if (aside !== undefined && noteShown(aside)) withheld.tryAgain(aside)
    },
    waitsFor(hash, isMoving) {
      if (hash !== waited) wait(hash)
      if (hash === undefined || isMoving === undefined) return
      isInVain = false
      if (cancelWait === undefined) beginWait(hash, isMoving)
    },
    nobodyHasIt() {
      if (waited === undefined || isInVain) return
      isInVain = true
      if (nextBest(waited) !== undefined) putAside(waited)
    },
    stop() {
      wait(undefined)
      withheld.stop()
    },
  }
}
