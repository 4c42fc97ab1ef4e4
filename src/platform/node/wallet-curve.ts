import { type Curve, NOBLE_CURVE } from '../../wallet/curve.ts'

/** libsecp256k1 as a Node add-on where it loads, ten to twenty times as fast; plain JavaScript where it does not. */
export async function openWalletCurve(): Promise<Curve> {
  try {
    const { default: native } = await import('secp256k1/bindings.js')
    return {
      publicKeyTweaker(publicKey) {
        // without its square root for every child
        const parent = native.publicKeyConvert(publicKey, false)
        return (tweak) => native.publicKeyTweakAdd(parent, tweak, true)
      },
      // the add-on changes the array that it is given
      tweakPrivateKey: (privateKey, tweak) => native.privateKeyTweakAdd(Uint8Array.from(privateKey), tweak),
      sign: (digest, privateKey) => native.ecdsaSign(digest, privateKey).signature,
    }
  } catch {
    return NOBLE_CURVE
  }
}
