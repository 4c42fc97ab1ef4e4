import type { SignatureCheck } from '../script/signature-check.ts'

/** Verifies signatures in batches, off the main thread where the platform can. */
export interface Signatures {
  /** which implementation is in use, for the log and the status */
  readonly backend: string
  /** The index of the first check that fails (or cannot be parsed), or undefined where all hold. */
  firstInvalid(checks: readonly SignatureCheck[], signal?: AbortSignal): Promise<number | undefined>
  close(): Promise<void>
}
