import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createSighashCache, SIGHASH_ALL, witnessSighash } from '../../src/script/sighash.ts'
import { p2wshScript } from '../../src/script/templates.ts'
import type { ScriptErrorCode } from '../../src/script/verdict.ts'
import { describeRules, inTransactions, type RuleCase } from '../consensus/rule-case.ts'
import { ALICE, out } from '../support/bad-blocks.ts'
import { pay } from '../support/key.ts'
import { assemble } from './core-script.ts'

const NOTHING = new Uint8Array(0)
const ONE = Uint8Array.of(1)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const hex = (key: Uint8Array): string => `0x${key.length.toString(16)} 0x${toHex(key)}`
const KEY = hex(ALICE.publicKey)
const LONG_KEY = hex(secp256k1.getPublicKey(ALICE.secret, false))

/** A witness: a script in Bitcoin Core's notation, and what lies below it, which may hold Alice's signature. */
interface Spend {
  readonly script: string
  items?(sign: () => Uint8Array): readonly Uint8Array[]
  /** what stands in the place of the script's bytes */
  readonly shown?: readonly Uint8Array[]
}

/** A P2WSH coin that is made and spent in one block. */
const inScript = (what: string, spendWith: (fault: boolean) => Spend): RuleCase =>
  inTransactions(what, (s, fault) => {
    const { script: text, items, shown } = spendWith(fault)
    const script = assemble(text)
    const made = pay([s.coin(0)], [out(2 * COIN, p2wshScript(sha256(script)))])
    const prevout = { txid: made.txid, vout: 0 }
    const unsigned: Transaction = makeTransaction({
      version: 2,
      lockTime: 0,
      inputs: [{ prevout, scriptSig: NOTHING, sequence: 0xffff_fffd, witness: [] }],
      outputs: [out(COIN)],
    })
    const sign = (): Uint8Array => {
      const digest = witnessSighash(createSighashCache(unsigned), 0, script, 2 * COIN, SIGHASH_ALL)
      const der = secp256k1.sign(digest, ALICE.secret, { prehash: false, lowS: true, format: 'der' })
      return concatBytes(der, Uint8Array.of(SIGHASH_ALL))
    }
    const witness = [...(items?.(sign) ?? []), ...(shown ?? [script])]
    return [made, makeTransaction({ ...unsigned, inputs: [{ ...unsigned.inputs[0]!, witness }] })]
  })

/** The same script, given one thing or another. */
const given = (what: string, script: string, faulty: readonly Uint8Array[], right: readonly Uint8Array[]) =>
  inScript(what, (fault) => ({ script, items: () => (fault ? faulty : right) }))

/** One script or another, given nothing. */
const either = (what: string, faulty: string, right: string) =>
  inScript(what, (fault) => ({ script: fault ? faulty : right }))

/** The codes that blocks of P2WPKH payments show already, in test/consensus. */
type Shown =
  | 'output-script-unknown'
  | 'witness-stack-size-wrong'
  | 'signature-encoding-wrong'
  | 'signature-s-too-high'
  | 'signature-hash-type-unknown'

const LARGEST = `1 ${`'${'b'.repeat(520)}' DROP `.repeat(19)}${'NOP '.repeat(43)}`

const CASES: Readonly<Record<Exclude<ScriptErrorCode, Shown>, readonly [RuleCase, ...RuleCase[]]>> = {
  'witness-script-missing': [
    inScript('a P2WSH coin without a witness', (fault) => ({ script: '1', ...(fault ? { shown: [] } : {}) })),
  ],
  'witness-program-mismatch': [
    inScript('another script', (fault) => ({
      script: '1',
      ...(fault ? { shown: [assemble('1 NOP')] } : {}),
    })),
  ],
  'script-size-exceeded': [either('a script of 10,001 bytes', `${LARGEST} NOP`, LARGEST)],
  'script-item-size-exceeded': [
    given('an item of 521 bytes', 'DROP 1', [new Uint8Array(521)], [new Uint8Array(520)]),
    either('a push of 521 bytes', `'${'b'.repeat(521)}' DROP 1`, `'${'b'.repeat(520)}' DROP 1`),
  ],
  'script-operations-exceeded': [
    either('202 operations', `1 ${'NOP '.repeat(202)}`, `1 ${'NOP '.repeat(201)}`),
  ],
  'script-stack-exceeded': [either('1,001 items', '1 '.repeat(1_001), '1')],
  'opcode-invalid': [
    given('a reserved opcode that is executed', 'IF RESERVED ENDIF 1', [ONE], [NOTHING]),
    either('an unknown opcode that is executed', '1 0xba', '1'),
    either('a push that reaches past the end', '1 0x02 0x01', '1'),
    either('OP_VERIF in a branch that is not taken', '0 IF VERIF ENDIF 1', '0 IF VER ENDIF 1'),
  ],
  'opcode-disabled': [either('OP_CAT in a branch that is not taken', '0 IF CAT ENDIF 1', '0 IF NOP ENDIF 1')],
  'conditional-unbalanced': [
    either('OP_IF without OP_ENDIF', '1 1 IF', '1 1 IF ENDIF'),
    either('OP_ELSE alone', '1 ELSE', '1'),
    either('OP_ENDIF alone', '1 ENDIF', '1'),
  ],
  'condition-not-minimal': [given('the byte 2', 'IF 1 ELSE 0 ENDIF', [bytes(2)], [ONE])],
  'stack-too-short': [given('OP_DROP on an empty stack', 'DROP 1', [], [ONE])],
  'alternate-stack-empty': [
    either('nothing was put there', '1 FROMALTSTACK DROP', '1 1 TOALTSTACK FROMALTSTACK DROP'),
  ],
  'script-number-too-long': [
    given('a number of five bytes', '1ADD DROP 1', [bytes(1, 0, 0, 0, 0)], [bytes(1, 0, 0, 0)]),
    given(
      'a lock of six bytes',
      'CHECKLOCKTIMEVERIFY DROP 1',
      [bytes(0, 0, 0, 0, 0, 0)],
      [bytes(0, 0, 0, 0, 0)],
    ),
  ],
  'return-executed': [given('OP_RETURN in a branch that is taken', 'IF RETURN ENDIF 1', [ONE], [NOTHING])],
  'verify-failed': [given('OP_VERIFY of nothing', 'VERIFY 1', [NOTHING], [ONE])],
  'equal-verify-failed': [given('another item', '2 EQUALVERIFY 1', [bytes(3)], [bytes(2)])],
  'numeric-equal-verify-failed': [given('another number', '2 NUMEQUALVERIFY 1', [bytes(3)], [bytes(2, 0)])],
  'signature-verify-failed': [
    inScript('an empty signature', (fault) => ({
      script: `${KEY} CHECKSIGVERIFY 1`,
      items: (sign) => [fault ? NOTHING : sign()],
    })),
  ],
  'multisig-verify-failed': [
    inScript('an empty signature', (fault) => ({
      script: `1 ${KEY} 1 CHECKMULTISIGVERIFY 1`,
      items: (sign) => [NOTHING, fault ? NOTHING : sign()],
    })),
  ],
  'lock-time-negative': [
    given('minus one', 'CHECKLOCKTIMEVERIFY DROP 1', [bytes(0x81)], [NOTHING]),
    given('minus one, relative', 'CHECKSEQUENCEVERIFY DROP 1', [bytes(0x81)], [bytes(0, 0, 0, 0x80, 0)]),
  ],
  'lock-time-unmet': [
    given('a height above that of the lock time', 'CHECKLOCKTIMEVERIFY DROP 1', [ONE], [NOTHING]),
    given('a sequence without a lock', 'CHECKSEQUENCEVERIFY DROP 1', [ONE], [bytes(0, 0, 0, 0x80, 0)]),
  ],
  'public-key-not-compressed': [
    inScript('65 bytes, even for an empty signature', (fault) => ({
      script: `0 ${fault ? LONG_KEY : KEY} CHECKSIG NOT`,
    })),
    inScript('65 bytes that a multisig tries before it gives up', (fault) => ({
      script: `0 0 0 2 ${fault ? KEY : LONG_KEY} ${fault ? LONG_KEY : KEY} 2 CHECKMULTISIG NOT`,
    })),
  ],
  'signature-invalid': [
    inScript("a signature by none of a multisig's keys", (fault) => ({
      script: `1 ${fault ? `0x21 0x02${'11'.repeat(32)}` : KEY} 1 CHECKMULTISIG`,
      items: (sign) => [NOTHING, sign()],
    })),
  ],
  'signature-not-null': [
    inScript('one signature that holds and one that is empty', (fault) => ({
      script: `2 ${KEY} ${KEY} 2 CHECKMULTISIG NOT`,
      items: (sign) => [NOTHING, NOTHING, fault ? sign() : NOTHING],
    })),
  ],
  'multisig-key-count-wrong': [
    either(
      '21 keys',
      `0 0 ${"'a' ".repeat(21)} 21 CHECKMULTISIG`,
      `0 0 ${"'a' ".repeat(20)} 20 CHECKMULTISIG`,
    ),
    either('minus one key', '0 0 -1 CHECKMULTISIG', '0 0 0 CHECKMULTISIG'),
  ],
  'multisig-signature-count-wrong': [
    given('a signature for no key', '0 CHECKMULTISIG', [NOTHING, ONE], [NOTHING, NOTHING]),
  ],
  'multisig-dummy-not-null': [given('the byte 1', '0 0 CHECKMULTISIG', [ONE], [NOTHING])],
  'script-result-false': [
    given('nothing', 'NOP', [NOTHING], [ONE]),
    given('negative zero', 'NOP', [bytes(0, 0x80)], [bytes(0x80, 0)]),
  ],
  'stack-not-clean': [
    given('an item too many', '1', [ONE], []),
    inScript('no item left', (fault) => ({ script: fault ? '1 DROP' : '1' })),
  ],
}

describeRules('witness', CASES)
