import { p2ms, p2wsh } from '@scure/btc-signer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/primitives/hash.ts'
import {
  type Contract,
  contractDescriptor,
  contractScript,
  parseContract,
  scriptPubKeyOf,
} from '../../../src/wallet/contracts/contract.ts'
import { isTimeLock, roundedLock, type TimeLock } from '../../../src/wallet/contracts/time-lock.ts'
import { testKey } from '../../support/key.ts'

const keyOf = (name: string) => testKey(name).publicKey
const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(keyOf) as [Uint8Array, Uint8Array, Uint8Array]
const HASH = sha256(new Uint8Array(32))

const lock: fc.Arbitrary<TimeLock> = fc.oneof(
  fc.record({ kind: fc.constant('height' as const), value: fc.integer({ min: 1, max: 499_999_999 }) }),
  fc.record({
    kind: fc.constant('time' as const),
    value: fc.integer({ min: 500_000_000, max: 0xffff_ffff }),
  }),
  fc.record({ kind: fc.constant('blocks' as const), value: fc.integer({ min: 1, max: 0xffff }) }),
  fc.record({
    kind: fc.constant('seconds' as const),
    value: fc.integer({ min: 1, max: 0xffff }).map((units) => 512 * units),
  }),
)
const key = fc.integer({ min: 0, max: 30 }).map((n) => keyOf(`key ${n}`))
const contract: fc.Arbitrary<Contract> = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 15 }).chain((names) =>
    fc.record({
      kind: fc.constant('multisig' as const),
      required: fc.integer({ min: 1, max: names.length }),
      publicKeys: fc.constant(names.map((n) => keyOf(`key ${n}`))),
    }),
  ),
  fc.record({ kind: fc.constant('vault' as const), publicKey: key, lock }),
  fc.record({
    kind: fc.constant('htlc' as const),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.length === 32),
    recipient: key,
    refund: key,
    lock,
  }),
)

describe('contract script', () => {
  it('is read back as the contract that it was made of', () => {
    fc.assert(
      fc.property(contract, (made) => {
        const read = parseContract(contractScript(made))
        expect(read?.kind).toBe(made.kind)
        expect(contractScript(read!)).toEqual(contractScript(made))
        expect(contractDescriptor(read!)).toBe(contractDescriptor(made))
      }),
      { numRuns: 60 },
    )
  })

  it('is no contract, or another one, with any byte changed', () => {
    fc.assert(
      fc.property(contract, fc.nat(), fc.integer({ min: 1, max: 255 }), (made, at, flip) => {
        const script = contractScript(made)
        script[at % script.length]! ^= flip
        const read = parseContract(script)
        expect(read === undefined || toHex(contractScript(read)) === toHex(script)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => parseContract(bytes)).not.toThrow()
      }),
    )
  })

  it('of several keys is that of other tools, in whatever order the keys are given (BIP67)', () => {
    const sorted = [ALICE, BOB, CAROL].toSorted((a, b) => Buffer.compare(a, b))
    const theirs = p2wsh(p2ms(2, sorted))
    for (const publicKeys of [
      [ALICE, BOB, CAROL],
      [CAROL, ALICE, BOB],
    ]) {
      const script = contractScript({ kind: 'multisig', required: 2, publicKeys })
      expect(toHex(script)).toBe(toHex(theirs.witnessScript!))
      expect(toHex(scriptPubKeyOf(script))).toBe(toHex(theirs.script))
    }
  })

  it('of a vault and of a hashed time-lock contract is the one that its README spells out', () => {
    const until: TimeLock = { kind: 'height', value: 1000 }
    expect(toHex(contractScript({ kind: 'vault', publicKey: ALICE, lock: until }))).toBe(
      `02e803b16921${toHex(ALICE)}ac`,
    )
    const htlc: Contract = { kind: 'htlc', hash: HASH, recipient: BOB, refund: ALICE, lock: until }
    expect(toHex(contractScript(htlc))).toBe(
      `6382012088a820${toHex(HASH)}8821${toHex(BOB)}ac6702e803b16921${toHex(ALICE)}ac68`,
    )
    expect(contractDescriptor(htlc)).toBe(
      `wsh(or_i(and_v(v:sha256(${toHex(HASH)}),pk(${toHex(BOB)})),and_v(v:after(1000),pk(${toHex(ALICE)}))))`,
    )
  })

  it('is refused where a part is out of range', () => {
    const until: TimeLock = { kind: 'blocks', value: 10 }
    const wrong: Contract[] = [
      { kind: 'multisig', required: 3, publicKeys: [ALICE, BOB] },
      { kind: 'multisig', required: 0, publicKeys: [ALICE] },
      { kind: 'multisig', required: 1, publicKeys: [] },
      { kind: 'multisig', required: 1, publicKeys: [ALICE, ALICE] },
      { kind: 'multisig', required: 1, publicKeys: Array.from({ length: 16 }, (_, i) => keyOf(`k${i}`)) },
      { kind: 'vault', publicKey: ALICE.subarray(1), lock: until },
      { kind: 'vault', publicKey: ALICE, lock: { kind: 'blocks', value: 0x1_0000 } },
      { kind: 'vault', publicKey: ALICE, lock: { kind: 'height', value: 500_000_000 } },
      { kind: 'htlc', hash: HASH.subarray(1), recipient: BOB, refund: ALICE, lock: until },
    ]
    for (const each of wrong)
      expect(() => contractScript(each)).toThrow(expect.objectContaining({ code: 'contract-invalid' }))
  })
})

describe('time lock', () => {
  it('by relative time is rounded up to units of 512 s (BIP68)', () => {
    expect(roundedLock({ kind: 'seconds', value: 600 })).toEqual({ kind: 'seconds', value: 1024 })
    expect(isTimeLock({ kind: 'seconds', value: 600 })).toBe(false)
    expect(roundedLock({ kind: 'blocks', value: 7 })).toEqual({ kind: 'blocks', value: 7 })
  })
})
