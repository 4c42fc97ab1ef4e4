/** ECDSA secp256k1 signatures that have to hold. */
export type SignatureCheck = SingleCheck | MultisigCheck

/** One signature by one key. */
export interface SingleCheck {
  readonly kind: 'single'
  /** compressed SEC 1 public key: 33 bytes that begin with 2 or 3, not yet known to be on the curve */
  readonly publicKey: Uint8Array
  /** 32-byte message digest */
  readonly digest: Uint8Array
  /** 64 bytes: r and s, big-endian, s in the lower half */
  readonly signature: Uint8Array
}

/** OP_CHECKMULTISIG: each signature is by one of the keys, and both lists are in the same order. */
export interface MultisigCheck {
  readonly kind: 'multisig'
  /** from 1 to 20, in the order in which they are tried (the script's last key first); undefined for one that is not compressed: reaching it fails */
  readonly publicKeys: readonly (Uint8Array | undefined)[]
  /** at most as many as keys, in the order in which they are tried (the last one on the stack first) */
  readonly signatures: readonly DigestSignature[]
}

/** A signature with what it signs. */
export interface DigestSignature {
  readonly digest: Uint8Array
  readonly signature: Uint8Array
}

/** Whether one signature is by one key; never throws. */
export type VerifySignature = (publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array) => boolean

/** Whether a check holds: what every verifier computes, whichever library it has for the curve. */
export function checkHolds(check: SignatureCheck, verify: VerifySignature): boolean {
  if (check.kind === 'single') return verify(check.publicKey, check.digest, check.signature)
  const { publicKeys, signatures } = check
  let key = 0
  for (const [index, { digest, signature }] of signatures.entries()) {
    for (let found = false; !found; key++) {
      if (publicKeys.length - key < signatures.length - index) return false
      const publicKey = publicKeys[key]
      if (publicKey === undefined) return false
      found = verify(publicKey, digest, signature)
    }
  }
  return true
}
