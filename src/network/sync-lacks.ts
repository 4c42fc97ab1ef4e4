import type { Clock } from '../ports/clock.ts'
import { REST_MS, type SyncPeer } from './sync-peers.ts'

/** Peers that lacked a block a while ago: they are asked for no others meanwhile, but for headers all the same. */
export interface BlockLacks {
  readonly size: number
  has(peer: SyncPeer): boolean
  note(peer: SyncPeer): void
  clear(): void
}

/** @param onEnd - told when a peer may be asked again because its time is over */
export function createBlockLacks(clock: Pick<Clock, 'after'>, onEnd: () => void): BlockLacks {
  /** how to stop waiting for the end */
  const lacking = new Map<SyncPeer, () => void>()
  return {
    get size() {
      return lacking.size
    },
    has: (peer) => lacking.has(peer),
    note(peer) {
      lacking.get(peer)?.()
      const end = (): void => {
        lacking.delete(peer)
        onEnd()
      }
      lacking.set(peer, clock.after(REST_MS, end))
    },
    clear() {
      for (const cancel of lacking.values()) cancel()
      lacking.clear()
    },
  }
}
