import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstInvalidPacked, packChecks } from '../../src/script/signature-batch.ts'
import {
  checkHolds,
  type MultisigCheck,
  type SignatureCheck,
  type SingleCheck,
  type VerifySignature,
} from '../../src/script/signature-check.ts'
import { bytesOf } from '../support/arbitrary.ts'

const key = fc.tuple(fc.constantFrom(2, 3), bytesOf(32)).map(([prefix, x]) => Uint8Array.of(prefix, ...x))
const single: fc.Arbitrary<SingleCheck> = fc.record({
  kind: fc.constant('single'),
  publicKey: key,
  digest: bytesOf(32),
  signature: bytesOf(64),
})
const multisig: fc.Arbitrary<MultisigCheck> = fc.record({
  kind: fc.constant('multisig'),
  publicKeys: fc.array(fc.option(key, { nil: undefined, freq: 8 }), { minLength: 1, maxLength: 20 }),
  signatures: fc.array(fc.record({ digest: bytesOf(32), signature: bytesOf(64) }), { maxLength: 20 }),
})
const checks = fc.array(fc.oneof({ weight: 3, arbitrary: single }, multisig), { maxLength: 12 })

/** A verifier that depends on every byte, and what it was asked. */
function recorder(oneIn: number): { readonly asked: string[]; readonly verify: VerifySignature } {
  const asked: string[] = []
  const verify: VerifySignature = (publicKey, digest, signature) => {
    const bytes = [...publicKey, ...digest, ...signature]
    asked.push(bytes.join())
    return bytes.reduce((hash, byte) => (hash * 31 + byte) % 65_521, 7) % oneIn !== 0
  }
  return { asked, verify }
}

function firstInvalid(all: readonly SignatureCheck[], verify: VerifySignature): number {
  return all.findIndex((check) => !checkHolds(check, verify))
}

describe('packed signature checks', () => {
  it('are verified as the checks themselves are, signature for signature', () => {
    fc.assert(
      fc.property(checks, fc.integer({ min: 2, max: 30 }), (all, oneIn) => {
        const [packed, plain] = [recorder(oneIn), recorder(oneIn)]
        const { bytes, end } = packChecks(all, 0, Number.POSITIVE_INFINITY)
        expect(end).toBe(all.length)
        expect(firstInvalidPacked(bytes, packed.verify)).toBe(firstInvalid(all, plain.verify))
        expect(packed.asked).toEqual(plain.asked)
      }),
    )
  })

  it('are cut into batches of so many verifications, a check with more in one of its own', () => {
    fc.assert(
      fc.property(checks, fc.integer({ min: 1, max: 40 }), (all, most) => {
        for (let start = 0; start < all.length; ) {
          const { bytes, end } = packChecks(all, start, most)
          const batch = all.slice(start, end)
          const { verify } = recorder(5)
          expect(firstInvalidPacked(bytes, verify)).toBe(firstInvalid(batch, verify))
          const keys = batch.map((check) => (check.kind === 'single' ? 1 : check.publicKeys.length))
          const sum = keys.reduce((a, b) => a + b, 0)
          expect(batch.length === 1 || sum <= most).toBe(true)
          const next = all[end]
          if (next !== undefined)
            expect(sum + (next.kind === 'single' ? 1 : next.publicKeys.length)).toBeGreaterThan(most)
          start = end
        }
      }),
    )
  })

  it('are 130 bytes for a signature by one key, in a buffer of their own', () => {
    const check: SingleCheck = {
      kind: 'single',
      publicKey: new Uint8Array(33).fill(2),
      digest: new Uint8Array(32).fill(3),
      signature: new Uint8Array(64).fill(4),
    }
    const { bytes } = packChecks([check, check, check], 1, 2)
    const one = [0, ...check.publicKey, ...check.digest, ...check.signature]
    expect([...bytes]).toEqual([...one, ...one])
    expect(bytes.buffer.byteLength).toBe(260)
  })

  it.each(['publicKey', 'digest', 'signature'] as const)(
    'are never made with a %s of another length',
    (field) => {
      const [check] = fc.sample(single, 1) as [SingleCheck]
      for (const wrong of [check[field].subarray(1), Uint8Array.of(...check[field], 0)])
        expect(() => packChecks([{ ...check, [field]: wrong }], 0, 1)).toThrow(/invariant/)
    },
  )
})
