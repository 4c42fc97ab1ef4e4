import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { VerifySignature } from '../script/signature-check.ts'

/** The reference in plain JavaScript; throws where a key or signature cannot be parsed. */
export const verifySignature: VerifySignature = (publicKey, digest, signature) =>
  secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true })
