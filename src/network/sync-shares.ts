import { MAX_BLOCKS_ASKED } from '../../protocols/sync/protocol.ts'
import type { SyncPeer } from './sync-peers.ts'

/** Blocks for a peer whose speed is not known yet. */
const FIRST_SHARE = 4
/** Weight of the last batch in the average. */
const NEWEST = 0.3

/** How many blocks a peer is asked for at once: in proportion to its speed, so that all batches take about as long. */
export interface BlockShares {
  /** Notes that the peer took so many milliseconds to bring so many blocks. */
  took(peer: SyncPeer, ms: number, blocks: number): void
  /** Blocks for the peer's next batch, from 1 to 16, next to those who could be asked as well. */
  shareOf(peer: SyncPeer, candidates: readonly SyncPeer[]): number
  /**
   * The same peers, the fastest first. Those of unknown speed stand last, as they were but for those who dialled us: any
   * number of them may never answer, and they come when all others have been asked.
   */
  fastestFirst(peers: readonly SyncPeer[]): SyncPeer[]
}

export function createBlockShares(): BlockShares {
  /** milliseconds a block, a moving average */
  const pace = new WeakMap<SyncPeer, number>()
  const paceOf = (peer: SyncPeer): number => pace.get(peer) ?? Number.POSITIVE_INFINITY

  return {
    took(peer, ms, blocks) {
      if (blocks === 0) return
      const last = ms / blocks
      const before = pace.get(peer) ?? last
      pace.set(peer, before + NEWEST * (last - before))
    },
    shareOf(peer, candidates) {
      const own = pace.get(peer)
      if (own === undefined) return FIRST_SHARE
      const fastest = Math.min(...candidates.map(paceOf), own)
      const share = own === 0 ? MAX_BLOCKS_ASKED : Math.round((MAX_BLOCKS_ASKED * fastest) / own)
      return Math.max(1, share)
    },
    fastestFirst: (peers) =>
      [...peers].sort((a, b) =>
        paceOf(a) === paceOf(b)
          ? Number(a.session().inbound) - Number(b.session().inbound)
          : paceOf(a) - paceOf(b),
      ),
  }
}
