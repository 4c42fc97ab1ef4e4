/** What the nonce search and its threads tell each other. */

/**
 * Nonces that a thread takes at a time: some ten milliseconds of work, after which it looks whether it should stop.
 * A divisor of the nonce space.
 */
export const NONCES_PER_CLAIM = 2 ** 16

/** Indices into a job's shared control words. */
export const CONTROL_STOP = 0
export const CONTROL_NEXT_CLAIM = 1
export const CONTROL_WORDS = 2

export interface HashWorkerData {
  /** one count of hashes, shared by all threads */
  readonly hashes: BigInt64Array<SharedArrayBuffer>
}

export interface HashJob {
  readonly id: number
  readonly header: Uint8Array
  readonly target: bigint
  /** how many claims the nonces to be searched make */
  readonly claims: number
  /** shared by the job's threads: non-zero at CONTROL_STOP ends it, CONTROL_NEXT_CLAIM deals out the nonces */
  readonly control: Int32Array<SharedArrayBuffer>
}

/** Sent once for each job, when a thread is through with it. */
export interface HashReport {
  readonly id: number
  readonly nonce: number | undefined
}
