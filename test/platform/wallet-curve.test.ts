import { describe, expect, it } from 'vitest'
import { openWalletCurve } from '../../src/platform/node/wallet-curve.ts'
import { NOBLE_CURVE } from '../../src/wallet/curve.ts'
import { testKey } from '../support/key.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const random = createSeededRandom('curve')
const native = await openWalletCurve()

describe("the platform's curve", () => {
  it('is the native one here, and gives the bytes of the one in JavaScript', () => {
    expect(native).not.toBe(NOBLE_CURVE)
    for (let i = 0; i < 10; i++) {
      const { secret, publicKey } = testKey(`curve ${i}`)
      const tweak = random.bytes(32)
      expect(native.publicKeyTweaker(publicKey)(tweak)).toEqual(
        NOBLE_CURVE.publicKeyTweaker(publicKey)(tweak),
      )
      expect(native.tweakPrivateKey(secret, tweak)).toEqual(NOBLE_CURVE.tweakPrivateKey(secret, tweak))
      expect(native.sign(tweak, secret)).toEqual(NOBLE_CURVE.sign(tweak, secret))
    }
  })

  it('leaves the key that it tweaks as it was', () => {
    for (const curve of [native, NOBLE_CURVE]) {
      const secret = testKey('kept').secret.slice()
      curve.tweakPrivateKey(secret, random.bytes(32))
      expect(secret).toEqual(testKey('kept').secret)
    }
  })
})
