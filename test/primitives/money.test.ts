import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COIN, formatCoins, isMoney, MAX_MONEY, parseCoins, sumMoney } from '../../src/primitives/money.ts'

describe('money', () => {
  it('is a whole number of base units from 0 to MAX_MONEY', () => {
    for (const value of [0, 1, COIN, MAX_MONEY]) expect(isMoney(value)).toBe(true)
    const none = [-1, 0.5, MAX_MONEY + 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]
    for (const value of none) expect(isMoney(value)).toBe(false)
  })

  it('adds up, unless a part or a partial sum is out of range', () => {
    expect(sumMoney([])).toBe(0)
    expect(sumMoney([1, 2, 3])).toBe(6)
    expect(sumMoney([MAX_MONEY])).toBe(MAX_MONEY)
    expect(sumMoney([MAX_MONEY, 1])).toBeUndefined()
    expect(sumMoney([1, -1])).toBeUndefined()
    // CVE-2010-5139: no sum is ever so large that it wraps
    expect(sumMoney(Array(10_000).fill(MAX_MONEY))).toBeUndefined()
    expect(sumMoney([2 ** 63, 2 ** 63])).toBeUndefined()
  })

  it.each([
    ['0', 0],
    ['1', COIN],
    ['1.5', 150_000_000],
    ['0.00000001', 1],
    ['0.1', 10_000_000],
    ['20999999.99999999', MAX_MONEY - 1],
    ['21000000', MAX_MONEY],
    ['007', 7 * COIN],
  ])('reads %s', (text, value) => {
    expect(parseCoins(text)).toBe(value)
  })

  it.each([
    '',
    '.',
    '1.',
    '.5',
    '-1',
    '+1',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1,5',
    '1.123456789',
    '21000000.00000001',
    '99999999',
    '123456789',
    '1\n',
    '١',
    'NaN',
    'Infinity',
  ])('refuses %j', (text) => {
    expect(parseCoins(text)).toBeUndefined()
  })

  it('is shown with eight decimals, and read back as it was, whatever the amount', () => {
    expect(formatCoins(150_000_000)).toBe('1.50000000')
    expect(formatCoins(-1)).toBe('-0.00000001')
    expect(formatCoins(0)).toBe('0.00000000')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_MONEY }), (value) => {
        expect(parseCoins(formatCoins(value))).toBe(value)
      }),
      { numRuns: 1000 },
    )
  })
})
