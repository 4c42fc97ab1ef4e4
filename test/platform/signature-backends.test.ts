import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBackend } from '../../src/platform/node/signature-backend.ts'
import { checkHolds, type MultisigCheck, type SingleCheck } from '../../src/script/signature-check.ts'
import { bytesOf } from '../support/arbitrary.ts'
import { testKey } from '../support/key.ts'
import { digestOf, goodCheck, malleated, signedBy } from '../support/signature-checks.ts'
import { SIGNATURE_EDGES } from '../support/signature-edges.ts'

const backends = await Promise.all((['native', 'wasm', 'noble'] as const).map((name) => openBackend(name)))

/** What all backends say; fails where they differ. */
function verdict(check: SingleCheck | MultisigCheck): boolean {
  const verdicts = backends.map(({ name, verify }) => [name, checkHolds(check, verify)] as const)
  const [[, first]] = verdicts as [(typeof verdicts)[0]]
  expect(verdicts).toEqual(backends.map(({ name }) => [name, first]))
  return first
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

const FIELDS = ['publicKey', 'digest', 'signature'] as const

const goodCheckOf = fc.nat({ max: 30 }).map((index) => goodCheck(`of ${index}`))

describe('signature backends', () => {
  it('are opened by name, the native one first', async () => {
    expect(backends.map(({ name }) => name)).toEqual(['native', 'wasm', 'noble'])
    expect((await openBackend()).name).toBe('native')
  })

  it('fall back to the next one where one does not load, unless it was asked for by name', async () => {
    onTestFinished(() => {
      vi.doUnmock('secp256k1/bindings.js')
      vi.doUnmock('tiny-secp256k1')
      vi.resetModules()
    })
    const notHere = (): never => {
      throw new Error('not here')
    }
    vi.resetModules()
    vi.doMock('secp256k1/bindings.js', notHere)
    const { openBackend: open } = await import('../../src/platform/node/signature-backend.ts')
    expect((await open()).name).toBe('wasm')
    await expect(open('native')).rejects.toMatchObject({ code: 'signature-backend-unavailable' })
    vi.resetModules()
    vi.doMock('tiny-secp256k1', notHere)
    expect((await open()).name).toBe('noble')
  })

  it.each(SIGNATURE_EDGES)('agree on $name: $holds', ({ check, holds }) => {
    expect(verdict(check)).toBe(holds)
  })

  it.each(FIELDS)('refuse a good check with any one bit of its %s flipped', (field) => {
    const good = goodCheck('flipped')
    for (let bit = 0; bit < 8 * good[field].length; bit++)
      expect(verdict({ ...good, [field]: flip(good[field], bit) })).toBe(false)
  })

  it('accept what was signed, and refuse it with another key, digest or half of s', () => {
    fc.assert(
      fc.property(goodCheckOf, goodCheckOf, (good, other) => {
        expect(verdict(good)).toBe(true)
        expect(verdict(malleated(good))).toBe(false)
        const same = good.publicKey === other.publicKey || toText(good) === toText(other)
        for (const field of FIELDS) expect(verdict({ ...good, [field]: other[field] })).toBe(same)
      }),
      { numRuns: 30 },
    )
  })

  it('agree on noise', () => {
    const key = fc.oneof(
      bytesOf(33),
      bytesOf(32).map((x) => Uint8Array.of(2, ...x)),
      bytesOf(65),
    )
    fc.assert(
      fc.property(key, bytesOf(32), bytesOf(64), (publicKey, digest, signature) => {
        verdict({ kind: 'single', publicKey, digest, signature })
      }),
      { numRuns: 200 },
    )
  })

  it.each(backends)('$name still verifies after 5,000 keys that are on no curve', ({ verify }) => {
    const { publicKey, digest, signature } = goodCheck('after')
    const onNoCurve = Uint8Array.from({ length: 33 }, (_, index) => (index === 0 ? 2 : index === 32 ? 5 : 0))
    for (let i = 0; i < 5000; i++) expect(verify(onNoCurve, digest, signature)).toBe(false)
    expect(verify(publicKey, digest, signature)).toBe(true)
  })
})

const toText = ({ publicKey }: SingleCheck): string => Buffer.from(publicKey).toString('hex')

const DIGESTS = ['first', 'second'].map(digestOf)
const SIGNERS = ['a', 'b', 'c', 'd'].map((name) => ({
  name,
  publicKey: testKey(name).publicKey,
  signed: DIGESTS.map((digest) => signedBy(name, digest)),
}))

/** Whether signatures by these signers hold for keys of these (undefined: a key that is not compressed). */
function matches(keys: readonly (number | undefined)[], signers: readonly number[]): boolean {
  if (signers.length === 0) return true
  if (signers.length > keys.length || keys[0] === undefined) return false
  return matches(keys.slice(1), keys[0] === signers[0] ? signers.slice(1) : signers)
}

const signer = fc.nat({ max: SIGNERS.length - 1 })

describe('multisig checks', () => {
  it('hold where each signature is by one of the keys in their order, for every backend', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(signer, { nil: undefined, freq: 6 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(signer, fc.nat({ max: 1 })), { maxLength: 4 }),
        (keys, signatures) => {
          fc.pre(signatures.length <= keys.length)
          const check: MultisigCheck = {
            kind: 'multisig',
            publicKeys: keys.map((key) => (key === undefined ? undefined : SIGNERS[key]!.publicKey)),
            signatures: signatures.map(([by, digest]) => SIGNERS[by]!.signed[digest]!),
          }
          expect(verdict(check)).toBe(
            matches(
              keys,
              signatures.map(([by]) => by),
            ),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('fail where a signature is malleated, its digest is another or it is given twice', () => {
    const [a, b] = SIGNERS as [(typeof SIGNERS)[0], (typeof SIGNERS)[0]]
    const publicKeys = [a.publicKey, b.publicKey]
    const [one, two] = [a.signed[0]!, b.signed[0]!]
    const of = (...signatures: MultisigCheck['signatures']): boolean =>
      verdict({ kind: 'multisig', publicKeys, signatures })
    expect(of(one, two)).toBe(true)
    expect(of(two, one)).toBe(false)
    expect(of(one, one)).toBe(false)
    expect(of(one, malleated({ kind: 'single', publicKey: b.publicKey, ...two }))).toBe(false)
    expect(of(one, { ...two, digest: DIGESTS[1]! })).toBe(false)
  })
})
