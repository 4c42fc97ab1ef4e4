import type { BlockHash } from '../primitives/hash.ts'
import type { SyncPeer } from './sync-peers.ts'

/** A request for blocks that is being answered; times are monotonic, in milliseconds. */
export interface Batch {
  readonly peer: SyncPeer
  readonly left: Set<BlockHash>
  readonly cancel: AbortController
  /** of the last sign of life */
  heardAt: number
  /** how long we waited for what has come of it, and how many blocks these are */
  tookMs: number
  brought: number
  /** whether we hold it up, since too much waits already */
  held: boolean
}

export const createBatch = (peer: SyncPeer, hashes: readonly BlockHash[], now: number): Batch => ({
  peer,
  left: new Set(hashes),
  cancel: new AbortController(),
  heardAt: now,
  tookMs: 0,
  brought: 0,
  held: false,
})

/** Notes an answer for one of its blocks. */
export function noteAnswer(batch: Batch, hash: BlockHash, now: number): void {
  batch.left.delete(hash)
  batch.tookMs += now - batch.heardAt
  batch.brought += 1
  batch.heardAt = now
}
