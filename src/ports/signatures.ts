/** One ECDSA secp256k1 signature to verify. */
export interface SignatureCheck {
  /** compressed or uncompressed SEC 1 public key, already known to have a valid length and prefix */
  readonly publicKey: Uint8Array
  /** 32-byte message digest */
  readonly digest: Uint8Array
  /** 64 bytes: r and s, big-endian, already known to be low-S */
  readonly signature: Uint8Array
}

/** Verifies signatures in batches, off the main thread where the platform can. */
export interface Signatures {
  /** which implementation is in use, for the log and the status */
  readonly backend: string
  /** The index of the first check that fails (or cannot be parsed), or undefined where all hold. */
  firstInvalid(checks: readonly SignatureCheck[], signal?: AbortSignal): Promise<number | undefined>
  close(): Promise<void>
}
