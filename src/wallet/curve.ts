import { secp256k1 } from '@noble/curves/secp256k1.js'

/**
 * What a wallet computes for each of its addresses and coins. A platform may have a faster one than `NOBLE_CURVE`; all of
 * them give the same bytes.
 */
export interface Curve {
  /**
   * BIP32's public children of a compressed key, which is parsed once: the compressed point of `publicKey + tweak * G`.
   * Throws where there is none.
   */
  publicKeyTweaker(publicKey: Uint8Array): (tweak: Uint8Array) => Uint8Array
  /** BIP32's private child: `privateKey + tweak` modulo the order, as a new array. Throws where that is no key. */
  tweakPrivateKey(privateKey: Uint8Array, tweak: Uint8Array): Uint8Array
  /** RFC 6979 ECDSA of a 32-byte digest: r and s, 64 bytes, s in the lower half. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array
}

const { Point } = secp256k1
const { Fn } = Point

/** In plain JavaScript: runs everywhere, half a millisecond for each operation. */
export const NOBLE_CURVE: Curve = {
  publicKeyTweaker(publicKey) {
    const parent = Point.fromBytes(publicKey)
    return (tweak) => parent.add(Point.BASE.multiply(Fn.fromBytes(tweak))).toBytes(true)
  },
  tweakPrivateKey(privateKey, tweak) {
    const child = Fn.add(Fn.fromBytes(privateKey), Fn.fromBytes(tweak))
    if (child === 0n) throw new RangeError('the child is no private key')
    return Fn.toBytes(child)
  },
  sign: (digest, privateKey) => secp256k1.sign(digest, privateKey, { prehash: false, lowS: true }),
}
