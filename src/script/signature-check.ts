/** One ECDSA secp256k1 signature that has to hold. */
export interface SignatureCheck {
  /** compressed SEC 1 public key: 33 bytes that begin with 2 or 3, not yet known to be on the curve */
  readonly publicKey: Uint8Array
  /** 32-byte message digest */
  readonly digest: Uint8Array
  /** 64 bytes: r and s, big-endian, s in the lower half */
  readonly signature: Uint8Array
}
