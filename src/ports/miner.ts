import type { BlockHash } from '../primitives/hash.ts'

/** A header to find a nonce for. */
export interface NonceJob {
  /** 80 bytes; the nonce field is ignored */
  readonly header: Uint8Array
  /** the hash as a number has to be at most this */
  readonly target: bigint
}

/** Searches the 32-bit nonce space of headers on every thread that it has. */
export interface NonceSearch {
  readonly threads: number
  /**
   * The nonce of the first solution found, or undefined where the whole space holds none.
   * Rejects with the signal's reason when it aborts; a second search waits for the first.
   */
  search(job: NonceJob, signal: AbortSignal): Promise<number | undefined>
  /** hashes computed since the start, over all threads */
  hashes(): number
  close(): Promise<void>
}

export interface MinerStatus {
  readonly mining: boolean
  readonly threads: number
  /** hashes a second over the last seconds; 0 while idle */
  readonly hashesPerSecond: number
  /** blocks found since the start */
  readonly blocksFound: number
  /** where rewards go, where that is set */
  readonly address: string | undefined
}

export interface Miner {
  status(): MinerStatus
  /** Mines from now on, paying to `scriptPubKey`, until `stop`. */
  start(scriptPubKey: Uint8Array, address: string): void
  stop(): Promise<void>
  /** Mines so many blocks and returns their hashes; rejects when the signal aborts. */
  generate(count: number, scriptPubKey: Uint8Array, signal: AbortSignal): Promise<BlockHash[]>
}
