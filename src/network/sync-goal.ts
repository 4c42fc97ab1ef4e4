import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { type Bell, createBell } from './bell.ts'
import type { SyncPeer, SyncPeers } from './sync-peers.ts'

/** A branch is put aside where its next block has not come for this long after somebody was asked for it. */
export const GOAL_PATIENCE_MS = 20_000
/** It is tried again after this, doubling each time. */
export const MIN_ASIDE_MS = 30_000
const MAX_ASIDE_MS = 60 * 60_000
/** Withheld blocks that are remembered. */
const MAX_WITHHELD = 256
/** Peers that we have dialled, and for each of whom a branch is tried again once he shows it. */
const MAX_SHOWN_BY = 16
const MAX_REMEMBERED_VERDICTS = 1_000

/**
 * Which header the sync fetches blocks for: the best one, unless nobody hands out what it needs. Headers are cheap
 * next to a node that follows none but them.
 */
export interface SyncGoal {
  /** rings when another header may have become the goal */
  readonly changed: Bell
  /** undefined where no branch that can be had has more work than the tip */
  get(): ChainEntry | undefined
  /** Notes the block that everything waits for, and whether somebody was asked for it. */
  waitsFor(hash: BlockHash | undefined, isAsked: boolean): void
  /** Everyone was asked for the block that everything waits for, in vain: no need to wait where there is another branch. */
  nobodyHas(): void
  stop(): void
}

/** A block that did not come: whatever stands on it is aside. */
interface Withheld {
  readonly hash: BlockHash
  asideMs: number
  isAside: boolean
  cancel: () => void
  /** who had shown the branch when it was put aside, or has been the reason for a try since */
  readonly shownBy: Set<PeerId>
}

export interface SyncGoalDependencies {
  readonly chain: ChainView
  readonly peers: Pick<SyncPeers, 'list'>
  readonly clock: Clock
}

export function createSyncGoal({ chain, peers, clock }: SyncGoalDependencies): SyncGoal {
  const changed = createBell()
  /** the one that was put aside last stands last */
  const withheld = new Map<BlockHash, Withheld>()
  /** which of them headers stand on, as far as that was asked: branches are long */
  const verdicts = new Map<BlockHash, Withheld | undefined>()
  let waiting: { readonly hash: BlockHash; readonly cancel: (() => void) | undefined } | undefined

  /** The withheld block that the entry stands on. */
  function asideBelow(entry: ChainEntry): Withheld | undefined {
    let found: Withheld | undefined
    for (let at: ChainEntry | undefined = entry; at !== undefined; at = chain.entry(at.header.previous)) {
      const record = withheld.get(at.hash)
      found = record?.isAside ? record : verdicts.get(at.hash)
      if (found !== undefined || verdicts.has(at.hash) || chain.isConnected(at.hash)) break
    }
    if (verdicts.size >= MAX_REMEMBERED_VERDICTS) verdicts.clear()
    verdicts.set(entry.hash, found)
    return found
  }

  const shownOf = (peer: SyncPeer): ChainEntry[] =>
    [chain.entry(peer.session().tip.hash), peer.headers.last].filter((entry) => entry !== undefined)

  function forget({ hash, cancel }: Withheld): void {
    cancel()
    withheld.delete(hash)
    verdicts.clear()
  }

  function tryAgain(record: Withheld): void {
    record.cancel()
    record.isAside = false
    verdicts.clear()
    changed.ring()
  }

  function putAside(hash: BlockHash): void {
    const before = withheld.get(hash)
    if (before !== undefined) forget(before)
    const record: Withheld = {
      hash,
      asideMs: before === undefined ? MIN_ASIDE_MS : Math.min(2 * before.asideMs, MAX_ASIDE_MS),
      isAside: true,
      cancel: clock.after(0, () => {}),
      shownBy: before?.shownBy ?? new Set(),
    }
    record.cancel = clock.after(record.asideMs, () => tryAgain(record))
    withheld.set(hash, record)
    if (withheld.size > MAX_WITHHELD) forget([...withheld.values()][0]!)
    verdicts.clear()
    for (const peer of peers.list())
      if (shownOf(peer).some((entry) => asideBelow(entry) === record)) record.shownBy.add(peer.peer)
    changed.ring()
  }

  return { changed, get: () => undefined, waitsFor() {}, nobodyHas() {}, stop() {} }
}
