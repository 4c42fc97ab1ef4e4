import { p2ms, Script, Transaction as Signer } from '@scure/btc-signer'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/primitives/hash.ts'
import {
  decodeTransaction,
  type Transaction,
  type TransactionFields,
} from '../../src/primitives/transaction.ts'
import { createSighashCache } from '../../src/script/sighash.ts'
import { checkHolds } from '../../src/script/signature-check.ts'
import { p2wshScript } from '../../src/script/templates.ts'
import { checkWitness } from '../../src/script/witness.ts'
import { testKey } from '../support/key.ts'
import { verifySignature } from './verify-signature.ts'

const VALUE = 100_000
const [ALICE, BOB, CAROL] = [testKey('alice'), testKey('bob'), testKey('carol')]

interface SpendOptions {
  readonly lockTime?: number
  readonly sequence?: number
}

/** An unsigned payment to Carol, made by a library that knows nothing of ours. */
function spend(script: Uint8Array, { lockTime = 0, sequence = 0xffff_fffd }: SpendOptions = {}): Signer {
  const signer = new Signer({ version: 2, lockTime, allowUnknownInputs: true })
  signer.addInput({
    txid: '11'.repeat(32),
    index: 0,
    sequence,
    witnessUtxo: { script: p2wshScript(sha256(script)), amount: BigInt(VALUE) },
    witnessScript: script,
  })
  signer.addOutput({ script: CAROL.scriptPubKey, amount: BigInt(VALUE - 1_000) })
  return signer
}

/** The only signature that the signer made. */
function signatureBy(signer: Signer, key: { readonly secret: Uint8Array }): Uint8Array {
  signer.signIdx(key.secret, 0)
  return signer.getInput(0).partialSig!.at(-1)![1]
}

function finished(signer: Signer, witness?: readonly Uint8Array[]): Transaction {
  if (witness !== undefined) signer.updateInput(0, { finalScriptWitness: [...witness] }, true)
  const decoded = decodeTransaction(signer.extract())
  if (!decoded.ok) throw decoded.error
  return decoded.value
}

const withWitness = (tx: Transaction, witness: readonly Uint8Array[]): TransactionFields => ({
  ...tx,
  inputs: [{ ...tx.inputs[0]!, witness }],
})

function judge(tx: TransactionFields, script: Uint8Array): string {
  const spent = { value: VALUE, scriptPubKey: p2wshScript(sha256(script)) }
  const checks = checkWitness(createSighashCache(tx), 0, spent)
  if (!checks.ok) return checks.error
  return checks.value.every((check) => checkHolds(check, verifySignature)) ? 'OK' : 'signature-invalid'
}

describe('a 2-of-3 multisig output', () => {
  const { script } = p2ms(2, [ALICE.publicKey, BOB.publicKey, CAROL.publicKey])
  const signed = (...keys: (typeof ALICE)[]): Transaction => {
    const signer = spend(script)
    for (const { secret } of keys) signer.signIdx(secret, 0)
    signer.finalize()
    return finished(signer)
  }

  it('is spent by any two of its keys', () => {
    for (const [one, other] of [
      [ALICE, BOB],
      [ALICE, CAROL],
      [CAROL, BOB],
    ] as const)
      expect(judge(signed(one, other), script)).toBe('OK')
  })

  it.each<[string, string, (witness: readonly Uint8Array[]) => Uint8Array[]]>([
    ['its signatures in the other order', 'signature-invalid', ([d, a, b, s]) => [d!, b!, a!, s!]],
    ['one signature twice', 'signature-invalid', ([d, a, , s]) => [d!, a!, a!, s!]],
    ['one signature and an empty one', 'signature-not-null', ([d, a, , s]) => [d!, a!, d!, s!]],
    ['no signatures', 'script-result-false', ([d, , , s]) => [d!, d!, d!, s!]],
    ['one signature', 'stack-too-short', ([d, a, , s]) => [d!, a!, s!]],
    ['a dummy that is not empty', 'multisig-dummy-not-null', ([, a, b, s]) => [Uint8Array.of(1), a!, b!, s!]],
    ['one item more', 'stack-not-clean', ([d, a, b, s]) => [d!, d!, a!, b!, s!]],
    ['another script', 'witness-program-mismatch', ([d, a, b]) => [d!, a!, b!, Uint8Array.of(0x51)]],
    ['no witness', 'witness-script-missing', () => []],
  ])('is not spent with %s: %s', (_, code, change) => {
    const tx = signed(ALICE, BOB)
    expect(judge(withWitness(tx, change(tx.inputs[0]!.witness)), script)).toBe(code)
  })

  it('is not spent to anybody else', () => {
    const tx = signed(ALICE, BOB)
    const outputs = [{ ...tx.outputs[0]!, scriptPubKey: BOB.scriptPubKey }]
    expect(judge({ ...tx, outputs }, script)).toBe('signature-invalid')
  })
})

describe('a vault that opens at height 500 (BIP65)', () => {
  const script = Script.encode([500, 'CHECKLOCKTIMEVERIFY', 'DROP', ALICE.publicKey, 'CHECKSIG'])
  const opened = (options: SpendOptions): string => {
    const signer = spend(script, options)
    return judge(finished(signer, [signatureBy(signer, ALICE), script]), script)
  }

  it('is spent by a transaction that is locked until then or later', () => {
    expect(opened({ lockTime: 500 })).toBe('OK')
    expect(opened({ lockTime: 499_999_999 })).toBe('OK')
  })

  it('is not spent sooner, nor by a lock of time, nor by an input that switches its lock off', () => {
    expect(opened({ lockTime: 499 })).toBe('lock-time-unmet')
    expect(opened({ lockTime: 500_000_000 })).toBe('lock-time-unmet')
    expect(opened({ lockTime: 500, sequence: 0xffff_ffff })).toBe('lock-time-unmet')
  })

  it('is not spent without a signature', () => {
    const signer = spend(script, { lockTime: 500 })
    expect(judge(finished(signer, [new Uint8Array(0), script]), script)).toBe('script-result-false')
  })
})

describe('a hashed timelock: Bob with the secret, or Alice after 144 blocks (BIP112)', () => {
  const secret = sha256(Uint8Array.of(42))
  const [TRUE, FALSE] = [Uint8Array.of(1), new Uint8Array(0)]
  const script = Script.encode([
    'IF',
    'SHA256',
    sha256(secret),
    'EQUALVERIFY',
    BOB.publicKey,
    'ELSE',
    144,
    'CHECKSEQUENCEVERIFY',
    'DROP',
    ALICE.publicKey,
    'ENDIF',
    'CHECKSIG',
  ])
  const claimed = (items: readonly Uint8Array[], by = BOB): string => {
    const signer = spend(script)
    return judge(finished(signer, [signatureBy(signer, by), ...items, script]), script)
  }
  const refunded = (sequence: number, by = ALICE): string => {
    const signer = spend(script, { sequence })
    return judge(finished(signer, [signatureBy(signer, by), FALSE, script]), script)
  }

  it('is claimed by Bob with the secret', () => {
    expect(claimed([secret, TRUE])).toBe('OK')
  })

  it('is not claimed with another secret, by another key, or with another way of saying yes', () => {
    expect(claimed([sha256(secret), TRUE])).toBe('equal-verify-failed')
    expect(claimed([secret, TRUE], ALICE)).toBe('signature-invalid')
    expect(claimed([secret, Uint8Array.of(2)])).toBe('condition-not-minimal')
    expect(claimed([secret, Uint8Array.of(0)])).toBe('condition-not-minimal')
    expect(claimed([TRUE])).toBe('equal-verify-failed')
  })

  it('is refunded to Alice after 144 blocks', () => {
    expect(refunded(144)).toBe('OK')
    expect(refunded(1_000)).toBe('OK')
  })

  it('is not refunded sooner, by a lock of time, without a lock, or to Bob', () => {
    expect(refunded(143)).toBe('lock-time-unmet')
    expect(refunded((1 << 22) | 144)).toBe('lock-time-unmet')
    expect(refunded(0xffff_fffd)).toBe('lock-time-unmet')
    expect(refunded(144, BOB)).toBe('signature-invalid')
  })
})
