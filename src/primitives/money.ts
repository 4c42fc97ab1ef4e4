/** Base units in one coin. */
export const COIN = 100_000_000

/** No amount and no sum of amounts is above this: 21 million coins in base units. */
export const MAX_MONEY = 21_000_000 * COIN

/** Whether `value` is an amount of base units that can exist. */
export const isMoney = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= MAX_MONEY

/** The sum, or undefined where a part or a partial sum is out of range. */
export function sumMoney(values: Iterable<number>): number | undefined {
  let sum = 0
  for (const value of values) {
    if (!isMoney(value)) return undefined
    sum += value
    if (sum > MAX_MONEY) return undefined
  }
  return sum
}

/** An amount in coins with eight decimals, for people: 150000000 is `1.50000000`. */
export function formatCoins(value: number): string {
  const sign = value < 0 ? '-' : ''
  const abs = Math.abs(value)
  return `${sign}${Math.floor(abs / COIN)}.${String(abs % COIN).padStart(8, '0')}`
}

const DECIMAL = /^(\d{1,8})(?:\.(\d{1,8}))?$/

/** Base units of a decimal number of coins such as `1.5`; undefined where it is none or out of range. */
export function parseCoins(text: string): number | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const value = Number(match[1]) * COIN + Number((match[2] ?? '').padEnd(8, '0'))
  return isMoney(value) ? value : undefined
}
