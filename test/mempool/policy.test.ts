import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import {
  checkStandard,
  checkStandardSpend,
  dustLimit,
  MAX_STANDARD_SCRIPT,
  MAX_STANDARD_SCRIPT_ITEM,
  MAX_STANDARD_SCRIPT_ITEMS,
  MAX_STANDARD_SIGOPS_COST,
} from '../../src/mempool/policy.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import type { TxOutput } from '../../src/primitives/transaction.ts'
import { OP } from '../../src/script/opcodes.ts'
import { pay, testKey } from '../support/key.ts'
import { of, padded, payToScript, spendWith } from './script-spend.ts'

const ALICE = testKey('alice')
const OUT_POINT = { txid: '11'.repeat(32) as never, vout: 0 }

/** A transaction that spends the output of `script` with `items`, and the coin. */
function spend(script: Uint8Array, items: readonly Uint8Array[]) {
  const coin: Coin = { ...payToScript(1_000, script), height: 1, coinbase: false }
  const tx = spendWith([...items, script], [OUT_POINT], [{ value: 500, scriptPubKey: ALICE.scriptPubKey }])
  return { tx, spent: { coins: [coin], sigopsCost: 0 } }
}

const judge = (script: Uint8Array, items: readonly Uint8Array[] = []): string => {
  const { tx, spent } = spend(script, items)
  const checked = checkStandardSpend(tx, spent)
  return checked.ok ? 'standard' : `${checked.error.code}: ${checked.error.message}`
}

describe('dust', () => {
  const paid = (output: TxOutput) =>
    pay([{ outPoint: OUT_POINT, coin: { value: 9_999 }, key: ALICE }], [output])
  const codeOf = (output: TxOutput): string => {
    const checked = checkStandard(paid(output))
    return checked.ok ? 'standard' : checked.error.code
  }

  it.each([
    ['P2WPKH', ALICE.scriptPubKey, 294],
    ['P2WSH', payToScript(0, of(OP['1'])).scriptPubKey, 330],
  ])('is what costs more to spend than it holds: %s', (_, scriptPubKey, least) => {
    expect(dustLimit({ value: 0, scriptPubKey })).toBe(least)
    expect(codeOf({ value: least, scriptPubKey })).toBe('standard')
    expect(codeOf({ value: least - 1, scriptPubKey })).toBe('dust')
  })

  it('is no matter of data, which nobody spends', () => {
    expect(codeOf({ value: 0, scriptPubKey: of(OP.RETURN) })).toBe('standard')
  })
})

describe('the policy on what is spent', () => {
  it('lets P2WPKH pass', () => {
    const coin: Coin = { value: 1_000, scriptPubKey: ALICE.scriptPubKey, height: 1, coinbase: false }
    const tx = pay(
      [{ outPoint: OUT_POINT, coin, key: ALICE }],
      [{ value: 1, scriptPubKey: ALICE.scriptPubKey }],
    )
    expect(checkStandardSpend(tx, { coins: [coin], sigopsCost: 1 }).ok).toBe(true)
  })

  it(`refuses signature operations that cost more than ${MAX_STANDARD_SIGOPS_COST}`, () => {
    expect(MAX_STANDARD_SIGOPS_COST).toBe(16_000)
    const { tx, spent } = spend(of(OP['1']), [])
    expect(checkStandardSpend(tx, { ...spent, sigopsCost: 16_000 }).ok).toBe(true)
    expect(checkStandardSpend(tx, { ...spent, sigopsCost: 16_001 })).toMatchObject({
      error: { kind: 'policy', code: 'not-standard' },
    })
  })

  it(`refuses a script of more than ${MAX_STANDARD_SCRIPT} bytes`, () => {
    expect(padded(3_600)).toHaveLength(3_600)
    expect(judge(padded(3_600))).toBe('standard')
    expect(judge(padded(3_601))).toMatch(/^not-standard: .* 3601 bytes/)
  })

  it(`refuses more than ${MAX_STANDARD_SCRIPT_ITEMS} items for a script`, () => {
    const drops = (items: number) => concatBytes(new Uint8Array(items).fill(OP.DROP), of(OP['1']))
    const items = (count: number) => Array.from({ length: count }, () => of(7))
    expect(judge(drops(100), items(100))).toBe('standard')
    expect(judge(drops(101), items(101))).toMatch(/^not-standard: .* 101 items/)
  })

  it(`refuses an item of more than ${MAX_STANDARD_SCRIPT_ITEM} bytes for a script`, () => {
    const script = of(OP.DROP, OP['1'])
    expect(judge(script, [new Uint8Array(80)])).toBe('standard')
    expect(judge(script, [new Uint8Array(81)])).toMatch(/^not-standard: .* too long/)
  })
})
