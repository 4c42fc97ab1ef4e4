import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { virtualSize } from '../../../src/primitives/transaction.ts'
import { p2wpkhScript } from '../../../src/script/templates.ts'
import { contractScript, type Multisig, scriptPubKeyOf } from '../../../src/wallet/contracts/contract.ts'
import { planMultisig } from '../../../src/wallet/contracts/multisig-plan.ts'
import { finalizePsbt, signPsbt } from '../../../src/wallet/psbt.ts'
import { testKey } from '../../support/key.ts'
import { coinOn } from '../support.ts'

const keys = ['alice', 'bob', 'carol'].map(testKey)
const contract: Multisig = {
  kind: 'multisig',
  required: 2,
  publicKeys: keys.map(({ publicKey }) => publicKey),
}
const own = scriptPubKeyOf(contractScript(contract))
const to = p2wpkhScript(new Uint8Array(20).fill(9))

const plan = (values: readonly number[], pay: number | 'all', feeRate = 1) =>
  planMultisig({
    contract,
    coins: values.map((value) => coinOn(own, value)),
    pay: pay === 'all' ? { all: to } : [{ value: pay, scriptPubKey: to }],
    feeRate,
  })

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'it was made'
}

describe('a payment from a multi-signature contract', () => {
  it('pays its fee rate once it is signed, and the rest goes back to the contract', () => {
    const psbt = plan([30_000, 50_000, 20_000], 60_000, 3)
    const signer = (name: string) => ({
      ...testKey(name),
      account: 0,
      branch: 'receive' as const,
      index: 0,
      address: '',
    })
    let signed = psbt
    for (const name of ['carol', 'alice'])
      signed = signPsbt(
        signed,
        (wanted) =>
          'publicKey' in wanted && Buffer.compare(wanted.publicKey, testKey(name).publicKey) === 0
            ? signer(name)
            : undefined,
        () => testKey(name).secret.slice(),
      ).psbt
    const { inputs, outputs, weight } = finalizePsbt(signed)
    expect(inputs).toHaveLength(2)
    expect(outputs).toEqual([
      { value: 60_000, scriptPubKey: to },
      { value: 20_000 - psbt.fee!, scriptPubKey: own },
    ])
    expect(psbt.fee).toBeGreaterThanOrEqual(3 * virtualSize(weight))
    expect(psbt.fee).toBeLessThanOrEqual(3 * (virtualSize(weight) + 2))
  })

  it('adds up, whatever lies on it and is paid', () => {
    const value = fc.integer({ min: 1_000, max: 100_000 })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), value, (values, pay) => {
        const total = values.reduce((sum, each) => sum + each, 0)
        const code = codeOf(() => plan(values, pay))
        if (code !== 'it was made') {
          expect(code).toBe('insufficient-funds')
          expect(total).toBeLessThan(pay + 1_000)
          return
        }
        const { inputs, outputs, fee } = plan(values, pay)
        const spent = inputs.reduce((sum, each) => sum + each.spent!.value, 0)
        expect(spent).toBe(outputs.reduce((sum, each) => sum + each.value, 0) + fee!)
        for (const output of outputs) expect(output.value).toBeGreaterThanOrEqual(330)
      }),
      { numRuns: 40 },
    )
  })

  it('makes no change that would be dust', () => {
    const { fee } = plan([50_000], 'all')
    expect(plan([50_000], 50_000 - fee! - 200)).toMatchObject({
      fee: fee! + 200,
      outputs: [{ scriptPubKey: to }],
    })
  })

  it('is refused where nothing or too little lies on it', () => {
    expect(codeOf(() => plan([], 'all'))).toBe('contract-empty')
    expect(codeOf(() => plan([400], 'all'))).toBe('insufficient-funds')
    expect(codeOf(() => plan([50_000], 50_000))).toBe('insufficient-funds')
    expect(codeOf(() => plan(Array(1_500).fill(1_000), 'all', 0))).toBe('payment-too-large')
    expect(codeOf(() => plan([50_000], 'all', 10_001))).toBe('fee-rate-out-of-range')
  })
})
