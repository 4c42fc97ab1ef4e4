import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { virtualSize } from '../../src/primitives/transaction.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'
import type { OwnedCoin } from '../../src/wallet/coins.ts'
import { selectCoins } from '../../src/wallet/selection.ts'
import { dustThreshold, feeOf, INPUT_WEIGHT, outputCosts, paymentWeight } from '../../src/wallet/sizes.ts'
import { coinOn } from './support.ts'

const script = p2wpkhScript(new Uint8Array(20).fill(1))
const changeScript = p2wpkhScript(new Uint8Array(20).fill(2))
const owned = (value: number): OwnedCoin => ({
  ...coinOn(script, value),
  owner: { account: 0, branch: 'receive', index: 0, address: '', scriptPubKey: script, publicKey: script },
})
const paying = (value: number, feeRate = 1) => ({
  outputs: [{ value, scriptPubKey: script }],
  feeRate,
  changeScript,
})
const valuesOf = (coins: readonly OwnedCoin[]) => coins.map(({ coin }) => coin.value)

describe('fee', () => {
  it('is 110 vbytes for one P2WPKH input and one output, 141 with change', () => {
    const output = { value: 0, scriptPubKey: script }
    expect(virtualSize(paymentWeight(1, [output]))).toBe(110)
    expect(virtualSize(paymentWeight(1, [output, output]))).toBe(141)
    expect(virtualSize(INPUT_WEIGHT)).toBe(68)
  })

  it('is rounded up and counts the rate in thousandths', () => {
    expect(feeOf(110, 1)).toBe(110)
    expect(feeOf(110, 1.1)).toBe(121)
    expect(feeOf(110, 1.001)).toBe(111)
    expect(feeOf(110, 0.0001)).toBe(0)
    expect(feeOf(110, 0)).toBe(0)
  })
})

describe('dust', () => {
  it("is Bitcoin Core's: 294 for P2WPKH, 330 for P2WSH", () => {
    expect(dustThreshold({ value: 0, scriptPubKey: script })).toBe(294)
    expect(dustThreshold({ value: 0, scriptPubKey: p2wshScript(new Uint8Array(32)) })).toBe(330)
  })
})

describe('coin selection', () => {
  it('takes the smallest single coin that covers the payment', () => {
    const selection = selectCoins([500_000, 20_000, 11_000, 10_000, 10_050].map(owned), paying(10_000))
    expect(valuesOf(selection!.coins)).toEqual([11_000])
  })

  it('takes coins that need no change where there are some', () => {
    // together 14,900 and 178 of fee, and 22 that change would cost more than
    const coins = [30_000, 9_000, 6_100, 4_000].map(owned)
    const selection = selectCoins(coins, paying(14_900))
    expect(valuesOf(selection!.coins)).toEqual([9_000, 6_100])
    expect(selection).toMatchObject({ fee: 200, change: undefined })
  })

  it('does not take many coins to save the change that one would make', () => {
    const small = Array.from({ length: 20 }, () => owned(1_000))
    const request = paying(20_000 - outputCosts([], 1).cost(20) - 31)
    expect(valuesOf(selectCoins([...small, owned(500_000)], request)!.coins)).toEqual([500_000])
  })

  it('finds an exact sum among thousands of coins within its steps', () => {
    const coins = Array.from({ length: 5_000 }, (_, i) => owned(10_000 + 37 * i))
    const { cost } = outputCosts(paying(0).outputs, 1)
    const wanted = 10_000 + 37 * 4_999 + (10_000 + 37 * 17) - cost(2)
    expect(selectCoins(coins, paying(wanted))).toMatchObject({ fee: cost(2), change: undefined })
  })

  it('takes the largest first where no single coin covers it', () => {
    const selection = selectCoins([4_000, 9_000, 3_000, 8_000, 2_000].map(owned), paying(15_000))
    expect(valuesOf(selection!.coins)).toEqual([9_000, 8_000])
  })

  it('makes no change that would be dust: the miner gets it', () => {
    const exact = 10_000 + 110
    expect(selectCoins([owned(exact)], paying(10_000))).toMatchObject({ fee: 110, change: undefined })
    expect(selectCoins([owned(exact + 31 + 293)], paying(10_000))).toMatchObject({
      fee: 110 + 31 + 293,
      change: undefined,
    })
    expect(selectCoins([owned(exact + 31 + 294)], paying(10_000))).toMatchObject({ fee: 141, change: 294 })
    expect(selectCoins([owned(exact - 1)], paying(10_000))).toBeUndefined()
  })

  it('leaves out coins that cost more to spend than they are worth', () => {
    const dear = paying(10_000, 10)
    expect(
      selectCoins(
        [...Array(1000)].map(() => owned(680)),
        dear,
      ),
    ).toBeUndefined()
    expect(valuesOf(selectCoins([680, 6_000, 8_000].map(owned), dear)!.coins)).toEqual([8_000, 6_000])
  })

  it('pays its way whatever the coins: inputs = outputs + fee + change, at the rate or above', () => {
    const value = fc.integer({ min: 1, max: 100_000 })
    const rate = fc.integer({ min: 0, max: 50_000 }).map((n) => n / 1000)
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), value, rate, (values, amount, feeRate) => {
        const request = paying(amount, feeRate)
        const coins = values.map(owned)
        const selection = selectCoins(coins, request)
        const worth = values.filter((each) => each > feeOf(68, feeRate))
        if (selection === undefined) {
          const most = worth.reduce((sum, each) => sum + each, 0)
          // with every useful coin, or any number of the largest, it would still not be enough
          expect(worth.length === 0 || most < outputCosts(request.outputs, feeRate).cost(worth.length)).toBe(
            true,
          )
          return
        }
        const { fee, change } = selection
        const total = valuesOf(selection.coins).reduce((sum, each) => sum + each, 0)
        expect(total).toBe(amount + fee + (change ?? 0))
        expect(new Set(selection.coins).size).toBe(selection.coins.length)
        const outputs = [...request.outputs]
        if (change !== undefined) outputs.push({ value: change, scriptPubKey: changeScript })
        expect(fee).toBeGreaterThanOrEqual(
          feeOf(virtualSize(paymentWeight(selection.coins.length, outputs)), feeRate),
        )
        if (change !== undefined) expect(change).toBeGreaterThanOrEqual(294)
      }),
    )
  })

  it('chooses the same coins whatever their order', () => {
    const coins = [5_000, 5_000, 5_000, 7_000, 900].map(owned)
    const chosen = (of: readonly OwnedCoin[]) => selectCoins(of, paying(11_000))!.coins
    expect(chosen(coins.toReversed())).toEqual(chosen(coins))
  })
})
