import type { Clock } from '../ports/clock.ts'
import type { PeerId } from '../ports/transport.ts'

/** What a connected peer was the first to bring. */
export interface Activity {
  readonly blocks: number
  readonly transactions: number
  /** monotonic time */
  readonly lastBlockAt: number | undefined
  readonly lastTransactionAt: number | undefined
}

const NONE: Activity = { blocks: 0, transactions: 0, lastBlockAt: undefined, lastTransactionAt: undefined }

/** What connected peers have been good for: it decides who stays. */
export interface PeerActivity {
  of(peer: PeerId): Activity
  /** The peer, which is connected, was the first to bring a block or a transaction that was taken. */
  brought(peer: PeerId, what: 'block' | 'transaction'): void
  forget(peer: PeerId): void
}

export function createPeerActivity(clock: Clock): PeerActivity {
  const activities = new Map<PeerId, Activity>()
  const of = (peer: PeerId): Activity => activities.get(peer) ?? NONE
  return {
    of,
    brought(peer, what) {
      const before = of(peer)
      const now = clock.monotonic()
      activities.set(
        peer,
        what === 'block'
          ? { ...before, blocks: before.blocks + 1, lastBlockAt: now }
          : { ...before, transactions: before.transactions + 1, lastTransactionAt: now },
      )
    },
    forget: (peer) => void activities.delete(peer),
  }
}
