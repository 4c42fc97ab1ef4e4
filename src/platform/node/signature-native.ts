import native from 'secp256k1/bindings.js'
import type { VerifySignature } from '../../script/signature-check.ts'

/** libsecp256k1 as a Node add-on; throws where a key or signature cannot be parsed. */
export const verifySignature: VerifySignature = (publicKey, digest, signature) =>
  native.ecdsaVerify(signature, digest, publicKey)
