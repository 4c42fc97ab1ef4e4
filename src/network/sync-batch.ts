import type { BlockHash } from '../primitives/hash.ts'
import type { SyncPeer } from './sync-peers.ts'

/** A request for blocks that is being answered; times are monotonic, in milliseconds. */
export interface Batch {
  readonly peer: SyncPeer
  readonly left: Set<BlockHash>
  readonly cancel: AbortController
  /** of the last sign of life */
  heardAt: number
  /** when so many bytes had come of it that the peer cannot be called silent */
  movedAt: number
  /** bytes that the peer had sent then */
  movedBytes: number
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
  movedAt: Number.NEGATIVE_INFINITY,
  movedBytes: peer.blocks.received(),
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

/** So much has to come within so many milliseconds for a download to count as moving. */
const MOVING_BYTES = 16 * 1024
const MOVING_MS = 5_000

/** Whether blocks are coming, however slowly; to be asked now and then, since it looks at what has come since it was asked. */
export function isMoving(batch: Batch, now: number): boolean {
  const bytes = batch.peer.blocks.received()
  if (bytes - batch.movedBytes >= MOVING_BYTES) {
    batch.movedAt = now
    batch.movedBytes = bytes
  }
  return now - batch.movedAt < MOVING_MS
}
