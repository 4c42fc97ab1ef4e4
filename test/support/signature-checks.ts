import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { concatBytes } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import type { DigestSignature, SingleCheck } from '../../src/script/signature-check.ts'
import { testKey } from './key.ts'

/** Order of the group. */
export const N = secp256k1.Point.Fn.ORDER
/** Order of the field. */
export const P = secp256k1.Point.Fp.ORDER
export const HALF_ORDER = N / 2n

/** Big-endian. */
export const bytes32 = (value: bigint): Uint8Array => numberToBytesBE(value, 32)

/** A digest of a text. */
export const digestOf = (text: string): Uint8Array => sha256(new TextEncoder().encode(text))

/** What the key of that name signs. */
export function signedBy(name: string, digest: Uint8Array): DigestSignature {
  const signature = secp256k1.sign(digest, testKey(name).secret, { prehash: false, lowS: true })
  return { digest, signature }
}

/** A check that holds: the key of that name has signed the digest of its name. */
export const goodCheck = (name: string): SingleCheck => ({
  kind: 'single',
  publicKey: testKey(name).publicKey,
  ...signedBy(name, digestOf(name)),
})

/** The same with the signature's s negated: right but for BIP146, which wants the lower one. */
export function malleated(check: SingleCheck): SingleCheck {
  const s = bytesToNumberBE(check.signature.subarray(32))
  return { ...check, signature: concatBytes(check.signature.subarray(0, 32), bytes32(N - s)) }
}

const KNOWN = Array.from({ length: 16 }, (_, index) => goodCheck(`check ${index}`))

/** So many checks that hold; cheap, as few of them are different. */
export const goodChecks = (count: number): SingleCheck[] =>
  Array.from({ length: count }, (_, index) => KNOWN[index % KNOWN.length]!)

/** The check with another digest than the one that was signed. */
export const badCheck = (check: SingleCheck): SingleCheck => ({ ...check, digest: digestOf('another') })
