import { describe, expect, it, vi } from 'vitest'
import { WitnessChecker } from '../../src/mempool/witness-checker.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { COIN } from '../../src/primitives/money.ts'
import { OP } from '../../src/script/opcodes.ts'
import { pay, testKey } from '../support/key.ts'
import { of, padded, payToScript, spendWith } from './script-spend.ts'

const ALICE = testKey('alice')
const OUTPUT = { value: 500, scriptPubKey: ALICE.scriptPubKey }
const outPoint = (vout: number) => ({ txid: '11'.repeat(32) as never, vout })
const outPoints = (count: number) => Array.from({ length: count }, (_, vout) => outPoint(vout))

function createChecker() {
  const turn = vi.fn(async () => {})
  const checker = new WitnessChecker({ turn })
  /** spends so many coins of one script with the same items */
  const run = (script: Uint8Array, items: readonly Uint8Array[] = [], count = 1) => {
    const coin: Coin = { ...payToScript(COIN, script), height: 1, coinbase: false }
    const tx = spendWith([...items, script], outPoints(count), [OUTPUT])
    return checker.check(tx, Array(count).fill(coin))
  }
  return { checker, turn, run }
}

async function judge(script: Uint8Array, items: readonly Uint8Array[] = []): Promise<string> {
  const checked = await createChecker().run(script, items)
  return checked.ok ? 'standard' : `${checked.error.kind} ${checked.error.code}: ${checked.error.message}`
}

describe('witnesses under the policy', () => {
  it('refuses pushes and numbers that are not minimal, and opcodes that wait for a meaning', async () => {
    expect(await judge(of(1, 17, OP.DROP, OP['1']))).toBe('standard')
    expect(await judge(of(1, 16, OP.DROP, OP['1']))).toMatch(/^policy not-standard: .* push-not-minimal/)
    expect(await judge(of(OP['1ADD'], OP.DROP, OP['1']), [of(5)])).toBe('standard')
    expect(await judge(of(OP['1ADD'], OP.DROP, OP['1']), [of(5, 0)])).toMatch('script-number-not-minimal')
    expect(await judge(of(OP.NOP, OP['1']))).toBe('standard')
    expect(await judge(of(OP.NOP10, OP['1']))).toMatch(/^policy not-standard: .* nop-discouraged/)
  })

  it('answers with the rule that a script breaks', async () => {
    expect(await judge(of(OP['0']))).toMatch(/^rule script-result-false/)
    expect(await judge(of(OP['1'], OP['1']))).toMatch(/^rule stack-not-clean/)
  })

  it('hands back the signatures of all inputs, and gives way after 250 P2WPKH inputs', async () => {
    const { checker, turn } = createChecker()
    const coin: Coin = { value: COIN, scriptPubKey: ALICE.scriptPubKey, height: 1, coinbase: false }
    const { witness } = pay([{ outPoint: outPoint(0), coin, key: ALICE }], [OUTPUT]).inputs[0]!
    const spend = async (count: number) => {
      const checked = await checker.check(
        spendWith(witness, outPoints(count), [OUTPUT]),
        Array(count).fill(coin),
      )
      return checked.ok ? checked.value.length : checked.error
    }
    expect(await spend(250)).toBe(250)
    expect(turn).not.toHaveBeenCalled()
    expect(await spend(250)).toBe(250)
    expect(turn).toHaveBeenCalledTimes(1)
    expect(await spend(1)).toBe(1)
    expect(turn).toHaveBeenCalledTimes(2)
  })

  it('gives way after four P2WSH inputs of the longest scripts, in one transaction or in several', async () => {
    const { turn, run } = createChecker()
    await run(padded(3_600), [], 9)
    expect(turn).toHaveBeenCalledTimes(2)
    for (let i = 0; i < 3; i++) await run(padded(3_600))
    expect(turn).toHaveBeenCalledTimes(2)
    await run(padded(3_600))
    expect(turn).toHaveBeenCalledTimes(3)
  })
})
