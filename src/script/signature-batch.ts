import { invariant } from '../base/errors.ts'
import {
  checkHolds,
  type DigestSignature,
  type SignatureCheck,
  type VerifySignature,
} from './signature-check.ts'

/*
 * Signature checks as bytes, to be handed to another thread in one piece: one check after the other, to the end.
 *
 * single    0, public key (33), digest (32), signature (64)
 * multisig  1, number of keys (1), number of signatures (1), the keys (33 each), a digest and a signature (96) each
 *
 * A key that is not compressed is 33 zeros.
 */

const SINGLE = 0
const MULTISIG = 1

const KEY = 33
const DIGEST = 32
const SIGNATURE = 64
const SINGLE_SIZE = 1 + KEY + DIGEST + SIGNATURE
const MULTISIG_HEAD = 3

export interface SignatureBatch {
  /** the packed checks, in a buffer of their own */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** index of the first check that is not in it */
  readonly end: number
}

/** The most verifications that a check can take. */
export const verificationsOf = (check: SignatureCheck): number =>
  check.kind === 'single' ? 1 : check.publicKeys.length

/**
 * Packs checks from index `start` on, as many as `verifications` allow but at least one. Keys, digests and signatures
 * have to have the lengths that they are documented to have.
 */
export function packChecks(
  checks: readonly SignatureCheck[],
  start: number,
  verifications: number,
): SignatureBatch {
  let end = start
  let size = 0
  for (let left = verifications; end < checks.length; end++) {
    const check = checks[end]!
    left -= verificationsOf(check)
    if (left < 0 && end > start) break
    size += sizeOf(check)
  }
  const bytes = new Uint8Array(size)
  for (let index = start, at = 0; index < end; index++) at = putCheck(bytes, at, checks[index]!)
  return { bytes, end }
}

function sizeOf(check: SignatureCheck): number {
  if (check.kind === 'single') return SINGLE_SIZE
  return MULTISIG_HEAD + KEY * check.publicKeys.length + (DIGEST + SIGNATURE) * check.signatures.length
}

function putCheck(bytes: Uint8Array, at: number, check: SignatureCheck): number {
  if (check.kind === 'single') {
    bytes[at] = SINGLE
    return putSigned(bytes, put(bytes, at + 1, check.publicKey, KEY), check)
  }
  const { publicKeys, signatures } = check
  invariant(publicKeys.length < 256 && signatures.length < 256, 'a multisig check has at most 20 keys')
  bytes[at] = MULTISIG
  bytes[at + 1] = publicKeys.length
  bytes[at + 2] = signatures.length
  at += MULTISIG_HEAD
  for (const key of publicKeys) at = key === undefined ? at + KEY : put(bytes, at, key, KEY)
  for (const signed of signatures) at = putSigned(bytes, at, signed)
  return at
}

const putSigned = (bytes: Uint8Array, at: number, { digest, signature }: DigestSignature): number =>
  put(bytes, put(bytes, at, digest, DIGEST), signature, SIGNATURE)

function put(bytes: Uint8Array, at: number, field: Uint8Array, length: number): number {
  invariant(field.length === length, `a field of a signature check has ${length} bytes`)
  bytes.set(field, at)
  return at + length
}

/** The parts of the single check that is being verified: views of their own for each would cost more than copying. */
const singleKey = new Uint8Array(KEY)
const singleDigest = new Uint8Array(DIGEST)
const singleSignature = new Uint8Array(SIGNATURE)

function copy(from: Uint8Array, at: number, to: Uint8Array): number {
  for (let i = 0; i < to.length; i++) to[i] = from[at + i]!
  return at + to.length
}

/** The place of the first packed check that does not hold, or -1 where all do. */
export function firstInvalidPacked(bytes: Uint8Array, verify: VerifySignature): number {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    if (bytes[at] === SINGLE) {
      let from = copy(bytes, at + 1, singleKey)
      from = copy(bytes, from, singleDigest)
      at = copy(bytes, from, singleSignature)
      if (!verify(singleKey, singleDigest, singleSignature)) return index
    } else {
      const [keys, signatures] = [bytes[at + 1]!, bytes[at + 2]!]
      const publicKeys = Array.from({ length: keys }, (_, i) => keyAt(bytes, at + MULTISIG_HEAD + KEY * i))
      at += MULTISIG_HEAD + KEY * keys
      const signed = Array.from({ length: signatures }, (_, i) =>
        signedAt(bytes, at + (DIGEST + SIGNATURE) * i),
      )
      at += (DIGEST + SIGNATURE) * signatures
      if (!checkHolds({ kind: 'multisig', publicKeys, signatures: signed }, verify)) return index
    }
  }
  return -1
}

const keyAt = (bytes: Uint8Array, at: number): Uint8Array | undefined =>
  bytes[at] === 0 ? undefined : bytes.subarray(at, at + KEY)

const signedAt = (bytes: Uint8Array, at: number): DigestSignature => ({
  digest: bytes.subarray(at, at + DIGEST),
  signature: bytes.subarray(at + DIGEST, at + DIGEST + SIGNATURE),
})
