import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { decodeTransaction } from '../../src/primitives/transaction.ts'
import { executeScript } from '../../src/script/interpreter.ts'
import type { ScriptContext } from '../../src/script/script-context.ts'
import { isTrue } from '../../src/script/script-number.ts'
import type { ScriptFault, ScriptPolicy } from '../../src/script/verdict.ts'
import { assemble, CORE_FAULTS } from './core-script.ts'
import { readVectors, type Vector } from './vector-file.ts'

/** Bitcoin Core's script tests spend with this transaction. */
const CONTEXT: ScriptContext = {
  version: 1,
  lockTime: 0,
  sequence: 0xffff_ffff,
  sighash() {
    throw new Error('no case of these signs')
  },
}

/** Two scripts in a row on one stack, as before BIP16: true on top at the end. */
function run(
  scriptSig: string,
  scriptPubKey: string,
  context: ScriptContext,
  policy: ScriptPolicy,
): ScriptFault | 'OK' {
  const before = executeScript(assemble(scriptSig), [], context, policy)
  if (!before.ok) return before.error
  const after = executeScript(assemble(scriptPubKey), before.value.stack, context, policy)
  if (!after.ok) return after.error
  const top = after.value.stack.at(-1)
  return top !== undefined && isTrue(top) ? 'OK' : 'script-result-false'
}

/** Rules that are always ours; there NULLDUMMY is a flag, and MINIMALIF holds in witness scripts only. */
const STRICTER: readonly (ScriptFault | 'OK')[] = ['multisig-dummy-not-null', 'condition-not-minimal']
const LOCKS = /CHECKLOCKTIMEVERIFY|CHECKSEQUENCEVERIFY/

function isComparable({ flags, fields }: Vector, got: ScriptFault | 'OK'): boolean {
  // Without its flag a lock opcode does nothing there.
  if (LOCKS.test(fields.join(' ')) && ![...flags].some((flag) => LOCKS.test(flag))) return false
  return !STRICTER.includes(got)
}

/** Short enough to be shown when a test fails. */
const shown = ({ flags, expected, fields }: Vector, got: string) => ({
  case: [...flags, ...fields.map((field) => field.slice(0, 100))].join(' | '),
  expected,
  got,
})

describe('Bitcoin Core’s script tests of opcodes', () => {
  const vectors = readVectors('opcode-cases.txt')
  const outcomes = vectors.map((vector) => {
    const [scriptSig, scriptPubKey] = vector.fields as [string, string]
    const policy = {
      minimalData: vector.flags.has('MINIMALDATA'),
      discourageUpgradableNops: vector.flags.has('DISCOURAGE_UPGRADABLE_NOPS'),
    }
    return { vector, got: run(scriptSig, scriptPubKey, CONTEXT, policy) }
  })
  const comparable = outcomes.filter(({ vector, got }) => isComparable(vector, got))

  it('are 958, of which 941 ask what our rules ask', () => {
    expect(vectors).toHaveLength(958)
    expect(comparable).toHaveLength(941)
    const left = outcomes.filter(({ vector, got }) => !isComparable(vector, got))
    const because = (got: ScriptFault) => left.filter((outcome) => outcome.got === got).length
    expect(because('multisig-dummy-not-null')).toBe(3)
    expect(because('condition-not-minimal')).toBe(8)
    // the other 6 execute lock opcodes without their flags
    expect(left).toHaveLength(3 + 8 + 6)
  })

  it('end as they say, and for the reason that they say', () => {
    const wrong = comparable.filter(({ vector: { expected }, got }) =>
      expected === 'OK' ? got !== 'OK' : !CORE_FAULTS[expected]?.includes(got as ScriptFault),
    )
    expect(wrong.map(({ vector, got }) => shown(vector, got))).toEqual([])
  })

  it('between them end for every reason that needs no signature', () => {
    const reasons = new Set(comparable.map(({ got }) => got))
    expect([...reasons].sort()).toEqual([
      'OK',
      'alternate-stack-empty',
      'conditional-unbalanced',
      'equal-verify-failed',
      'lock-time-negative',
      'lock-time-unmet',
      'multisig-key-count-wrong',
      'multisig-signature-count-wrong',
      'multisig-verify-failed',
      'nop-discouraged',
      'numeric-equal-verify-failed',
      'opcode-disabled',
      'opcode-invalid',
      'push-not-minimal',
      'return-executed',
      'script-item-size-exceeded',
      'script-number-not-minimal',
      'script-number-too-long',
      'script-operations-exceeded',
      'script-result-false',
      'script-size-exceeded',
      'script-stack-exceeded',
      'signature-verify-failed',
      'stack-too-short',
      'verify-failed',
    ])
  })
})

describe('Bitcoin Core’s transactions with OP_CHECKLOCKTIMEVERIFY (BIP65) and OP_CHECKSEQUENCEVERIFY (BIP112)', () => {
  const vectors = readVectors('lock-cases.txt')

  it('are 36 that are valid and 28 that are not', () => {
    expect(vectors.filter(({ expected }) => expected === 'OK')).toHaveLength(36)
    expect(vectors).toHaveLength(64)
  })

  it.each(vectors.map(({ expected, fields }) => [expected, ...fields] as const))(
    '%s: %s',
    (expected, script, hex) => {
      const decoded = decodeTransaction(fromHex(hex!)!)
      if (!decoded.ok) throw decoded.error
      const { version, lockTime, inputs } = decoded.value
      const context = { ...CONTEXT, version, lockTime, sequence: inputs[0]!.sequence }
      const got = run('', script!, context, { minimalData: false, discourageUpgradableNops: false })
      if (expected === 'OK') expect(got).toBe('OK')
      else
        expect([
          'lock-time-unmet',
          'lock-time-negative',
          'stack-too-short',
          'script-number-too-long',
        ]).toContain(got)
    },
  )
})
