import { isPoint, verify } from 'tiny-secp256k1'
import type { VerifySignature } from '../script/signature-check.ts'

/**
 * libsecp256k1 as WebAssembly; throws where a signature cannot be parsed.
 *
 * Its `verify` throws out of the WebAssembly code where the key is no point, which leaks a piece of the stack in there
 * each time: after 3,413 such keys (2.2.4) every further call fails. `isPoint` does not throw, so it goes first.
 */
export const verifySignature: VerifySignature = (publicKey, digest, signature) =>
  isPoint(publicKey) && verify(digest, publicKey, signature, true)
