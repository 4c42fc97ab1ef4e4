import { describe, expect, it } from 'vitest'
import { feeOption, feeRateOf } from '../../src/cli/fee-choice.ts'

async function rateOf(
  options: { readonly feeRate?: string; readonly target?: string },
  floor: number,
  known: Readonly<Record<number, number | null>> = {},
) {
  const notes: string[] = []
  const estimates = Object.entries(known).map(([target, feeRate]) => ({ target: Number(target), feeRate }))
  const terminal = { note: (line: string) => void notes.push(line) } as never
  const rate = await feeRateOf(feeOption(options), { fees: async () => ({ floor, estimates }) }, { terminal })
  return { rate, notes }
}

describe('the fee rate of a payment', () => {
  it('is the one that was given, whatever the node says', async () => {
    expect(await rateOf({ feeRate: '0.125' }, 5)).toEqual({ rate: 0.125, notes: [] })
  })

  it('is the least that the node takes where none is given, and at least 1', async () => {
    expect((await rateOf({}, 0.5)).rate).toBe(1)
    expect((await rateOf({}, 2.00004)).rate).toBe(2.001)
  })

  it('is the estimate for the target, or for the next shorter one', async () => {
    const known = { 1: 9, 6: 4.25, 24: 2, 144: null }
    expect((await rateOf({ target: '6' }, 1, known)).rate).toBe(4.25)
    expect((await rateOf({ target: '20' }, 1, known)).rate).toBe(4.25)
    expect((await rateOf({ target: '24' }, 3, known)).rate).toBe(3)
    const unknown = await rateOf({ target: '144' }, 1, known)
    expect(unknown).toMatchObject({ rate: 1, notes: [expect.stringContaining('no estimate')] })
  })
})
