import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { HDKey } from '@scure/bip32'
import { invariant } from '../base/errors.ts'
import type { Curve } from './curve.ts'

/*
 * BIP32's children that are not hardened, on the platform's curve. `@scure/bip32` has its own curve built in and takes
 * 0.8 ms for each, eight seconds for a wallet with 10,000 addresses; everything above the last step stays with it.
 */

const PUBLIC_KEY_BYTES = 33
const TWEAK_BYTES = 32

/** The left half of BIP32's HMAC over the serialised public key and the index of a child. */
function createTweaks({ publicKey, chainCode }: HDKey): (index: number) => Uint8Array {
  invariant(publicKey && chainCode, 'an extended key has a public key and a chain code')
  // keyed once: that is half of the hashing
  const keyed = hmac.create(sha512, chainCode)
  const message = new Uint8Array(PUBLIC_KEY_BYTES + 4)
  message.set(publicKey)
  const view = new DataView(message.buffer)
  return (index) => {
    view.setUint32(PUBLIC_KEY_BYTES, index)
    return keyed.clone().update(message).digest().subarray(0, TWEAK_BYTES)
  }
}

/** BIP32 CKDpub: the compressed public keys of the children of a key, by their index below 2^31. */
export function createChildPublicKeys(parent: HDKey, curve: Curve): (index: number) => Uint8Array {
  const tweakOf = createTweaks(parent)
  invariant(parent.publicKey, 'an extended key has a public key')
  const tweaked = curve.publicKeyTweaker(parent.publicKey)
  return (index) => tweaked(tweakOf(index))
}

/** BIP32 CKDpriv: the private key of child `index`, below 2^31. */
export function childPrivateKey(parent: HDKey, index: number, curve: Curve): Uint8Array {
  invariant(parent.privateKey, 'the account was not wiped')
  return curve.tweakPrivateKey(parent.privateKey, createTweaks(parent)(index))
}
