import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../../src/base/bytes.ts'
import type { RuleCode } from '../../src/consensus/rules.ts'
import { hash160 } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { p2wpkhScript } from '../../src/script/templates.ts'
import { ALICE, editInput, out } from '../support/bad-blocks.ts'
import { pay, type TestInput, type TestKey } from '../support/key.ts'
import { type CodesOf, describeRules, inTransactions, type RuleCase, spend } from './rule-case.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The witness of a payment's one input. */
const witnessOf = (tx: Transaction): [signature: Uint8Array, publicKey: Uint8Array] => {
  const [signature, publicKey] = tx.inputs[0]!.witness
  return [signature!, publicKey!]
}

/** An honest payment whose witness is changed. */
const inWitness = (
  what: string,
  change: (signature: Uint8Array, publicKey: Uint8Array) => readonly Uint8Array[],
): RuleCase =>
  inTransactions(what, (s, fault) => {
    const tx = spend(s, 0)
    return fault ? editInput(tx, { witness: change(...witnessOf(tx)) }) : tx
  })

/** The DER signature with s replaced by the order minus s. */
function highS(signature: Uint8Array): Uint8Array {
  const rEnd = 4 + signature[3]!
  const s = signature.subarray(rEnd + 2, rEnd + 2 + signature[rEnd + 1]!)
  const value = BigInt(`0x${[...s].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
  const digits = (ORDER - value).toString(16).padStart(64, '0')
  const high = Uint8Array.from([0, ...digits.match(/../g)!.map((byte) => Number.parseInt(byte, 16))])
  const der = concatBytes(signature.subarray(0, rEnd), Uint8Array.of(2, 33), high, signature.subarray(-1))
  der[1] = der.length - 3
  return der
}

/** Alice's key in 65 bytes, with the output that its hash opens. */
function uncompressed(): TestKey {
  const publicKey = secp256k1.getPublicKey(ALICE.secret, false)
  return { secret: ALICE.secret, publicKey, scriptPubKey: p2wpkhScript(hash160(publicKey)) }
}

/**
 * What a block of P2WPKH payments can show of the scope `witness`. The rules of the script interpreter belong to the
 * tests in test/script, which answer for every code of this scope: so this table may be partial, where those of the
 * scopes header, block and transaction may not.
 */
const CASES: Partial<Record<CodesOf<'witness'>, readonly RuleCase[]>> = {
  'witness-stack-size-wrong': [
    inWitness('no witness', () => []),
    inWitness('an item too many', (signature, key) => [new Uint8Array(0), signature, key]),
  ],
  'witness-program-mismatch': [
    inTransactions("another key's signature", (s, fault) => {
      const coin = s.coin(0)
      return pay([fault ? { ...coin, key: ALICE } : coin], [out(COIN)])
    }),
  ],
  'public-key-not-compressed': [
    inTransactions('65 bytes that hash to the program', (s, fault) => {
      const key = fault ? uncompressed() : ALICE
      const made = pay([s.coin(0)], [out(2 * COIN, key.scriptPubKey)])
      const input: TestInput = { outPoint: { txid: made.txid, vout: 0 }, coin: made.outputs[0]!, key }
      return [made, pay([input], [out(COIN)])]
    }),
  ],
  'signature-encoding-wrong': [
    inWitness('a signature cut short', (signature, key) => [signature.subarray(1), key]),
  ],
  'signature-hash-type-unknown': [
    inWitness('hash type 4', (signature, key) => [
      concatBytes(signature.subarray(0, -1), Uint8Array.of(4)),
      key,
    ]),
  ],
  'signature-s-too-high': [inWitness('the other s', (signature, key) => [highS(signature), key])],
  'signature-invalid': [
    inTransactions('a signature over another amount', (s, fault) => {
      const coin = s.coin(0)
      return pay([fault ? { ...coin, coin: { value: COIN } } : coin], [out(COIN)])
    }),
  ],
} satisfies Partial<Record<RuleCode, readonly RuleCase[]>>

describeRules('witness', CASES)
