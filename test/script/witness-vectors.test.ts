import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { NULL_OUTPOINT } from '../../src/primitives/outpoint.ts'
import {
  decodeTransaction,
  makeTransaction,
  type TransactionFields,
} from '../../src/primitives/transaction.ts'
import { createSighashCache } from '../../src/script/sighash.ts'
import { checkHolds } from '../../src/script/signature-check.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'
import type { ScriptFault } from '../../src/script/verdict.ts'
import { checkWitness } from '../../src/script/witness.ts'
import { CORE_FAULTS } from './core-script.ts'
import { readVectors, type Vector } from './vector-file.ts'
import { verifySignature } from './verify-signature.ts'

const NOTHING = new Uint8Array(0)

const programScript = (program: string): Uint8Array =>
  program.length === 40 ? p2wpkhScript(fromHex(program)!) : p2wshScript(fromHex(program)!)

/** What the whole of an input's witness comes to, signatures included. */
function judge(tx: TransactionFields, index: number, value: number, program: string): ScriptFault | 'OK' {
  const witness = checkWitness(createSighashCache(tx), index, { value, scriptPubKey: programScript(program) })
  if (!witness.ok) return witness.error
  const failing = witness.value.find((check) => !checkHolds(check, verifySignature))
  if (failing === undefined) return 'OK'
  return failing.kind === 'multisig' && failing.publicKeys.includes(undefined)
    ? 'public-key-not-compressed'
    : 'signature-invalid'
}

/** Bitcoin Core's script tests make a coin with one transaction and spend it with another. */
function spendOf(items: readonly Uint8Array[], value: number, program: string): TransactionFields {
  const made = makeTransaction({
    version: 1,
    lockTime: 0,
    inputs: [{ prevout: NULL_OUTPOINT, scriptSig: Uint8Array.of(0, 0), sequence: 0xffff_ffff, witness: [] }],
    outputs: [{ value, scriptPubKey: programScript(program) }],
  })
  const prevout = { txid: made.txid, vout: 0 }
  return {
    version: 1,
    lockTime: 0,
    inputs: [{ prevout, scriptSig: NOTHING, sequence: 0xffff_ffff, witness: items }],
    outputs: [{ value, scriptPubKey: NOTHING }],
  }
}

/** Rules that are always ours and a flag there. */
const FLAG_OF: Partial<Record<ScriptFault, string>> = {
  'public-key-not-compressed': 'WITNESS_PUBKEYTYPE',
  'condition-not-minimal': 'MINIMALIF',
}

describe('Bitcoin Core’s script tests with a native witness-v0 program', () => {
  const vectors = readVectors('witness-cases.txt')
  const outcomes = vectors.map((vector) => {
    const [witness, value, program] = vector.fields as [string, string, string]
    const items = witness
      .split(' ')
      .filter(Boolean)
      .map((item) => (item === '-' ? NOTHING : fromHex(item)!))
    const got = judge(spendOf(items, Number(value), program), 0, Number(value), program)
    const flag = got === 'OK' ? undefined : FLAG_OF[got]
    return { vector, got, stricter: flag !== undefined && !vector.flags.has(flag) ? flag : undefined }
  })

  it('are 50, of which 35 ask what our rules ask', () => {
    expect(vectors).toHaveLength(50)
    expect(outcomes.filter(({ stricter }) => stricter === undefined)).toHaveLength(35)
    expect(outcomes.filter(({ stricter }) => stricter === 'WITNESS_PUBKEYTYPE')).toHaveLength(9)
    expect(outcomes.filter(({ stricter }) => stricter === 'MINIMALIF')).toHaveLength(6)
  })

  it('end as they say, and for the reason that they say', () => {
    const wrong = outcomes.filter(
      ({ vector: { expected }, got, stricter }) =>
        stricter === undefined &&
        (expected === 'OK' ? got !== 'OK' : !CORE_FAULTS[expected]?.includes(got as ScriptFault)),
    )
    expect(
      wrong.map(({ vector: { expected, fields }, got }) => ({ what: fields[3], expected, got })),
    ).toEqual([])
  })
})

describe('signed transactions', () => {
  const inputsOf = ({ fields }: Vector) =>
    fields[0]!.split(' ').map((input) => {
      const [index, value, program] = input.split(':') as [string, string, string]
      return { index: Number(index), value: Number(value), program }
    })
  const vectors = readVectors('transaction-cases.txt')

  it('are 17 valid and 7 invalid ones of Bitcoin Core, and 6 of BIP143', () => {
    const count = (source: string) => vectors.filter(({ flags }) => flags.has(source)).length
    expect([count('tx_valid'), count('tx_invalid'), count('BIP143')]).toEqual([17, 7, 6])
  })

  it.each(vectors.map((vector) => ({ vector, what: vector.fields[2], expected: vector.expected })))(
    '$expected: $what',
    ({ vector, expected }) => {
      const decoded = decodeTransaction(fromHex(vector.fields[1]!)!)
      if (!decoded.ok) throw decoded.error
      const tx = decoded.value
      const verdicts = inputsOf(vector).map(({ index, value, program }) => judge(tx, index, value, program))
      if (expected === 'OK') expect(verdicts.every((verdict) => verdict === 'OK')).toBe(true)
      else expect(verdicts).not.toContain('OK')
    },
  )

  it('do not hold for any other amount', () => {
    for (const vector of vectors.filter(({ expected }) => expected === 'OK')) {
      const decoded = decodeTransaction(fromHex(vector.fields[1]!)!)
      if (!decoded.ok) throw decoded.error
      for (const { index, value, program } of inputsOf(vector)) {
        const signs = !vector.fields[2]!.startsWith('Witness with a push')
        expect(judge(decoded.value, index, value + 1, program)).toBe(signs ? 'signature-invalid' : 'OK')
      }
    }
  })
})
