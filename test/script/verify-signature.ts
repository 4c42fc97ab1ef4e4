import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { VerifySignature } from '../../src/script/signature-check.ts'

/** The curve as noble computes it; what is no point of it verifies nothing. */
export const verifySignature: VerifySignature = (publicKey, digest, signature) => {
  try {
    return secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true })
  } catch {
    return false
  }
}
