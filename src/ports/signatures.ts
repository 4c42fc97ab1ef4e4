import type { SignatureCheck } from '../script/signature-check.ts'

/** Verifies signatures in batches, off the main thread where the platform can. */
export interface Signatures {
  /** which implementation is in use, for the log and the status */
  readonly backend: string
  /** how many threads verify at most */
  readonly threads: number
  /**
   * The index of the first check that fails (or cannot be parsed), or undefined where all hold. Several calls may be
   * under way at once; neither the list nor the bytes may change meanwhile. Rejects with the signal's reason when it aborts, and with a `CairnError` where the threads
   * break down or are closed.
   */
  firstInvalid(checks: readonly SignatureCheck[], signal?: AbortSignal): Promise<number | undefined>
  /** Rejects what is under way and ends the threads. */
  close(): Promise<void>
}
