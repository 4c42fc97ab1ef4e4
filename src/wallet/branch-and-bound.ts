import { outputSize, virtualSize } from '../primitives/transaction.ts'
import type { OwnedCoin } from './coins.ts'
import type { SelectionRequest } from './selection.ts'
import { feeOf, INPUT_WEIGHT, outputCosts } from './sizes.ts'

/** The most steps of the search: Bitcoin Core's limit, a few milliseconds. */
const MAX_STEPS = 100_000

/**
 * Branch and bound (Erhardt 2016, the search of Bitcoin Core): coins whose sum exceeds the payment and its fee by so
 * little that change would cost more, now and when it is spent. The least excess that the search comes by.
 * @param sorted - coins that are worth more than the fee of spending them, the largest first
 */
export function coinsWithoutChange(
  sorted: readonly OwnedCoin[],
  request: SelectionRequest,
): readonly OwnedCoin[] | undefined {
  const { outputs, feeRate, changeScript } = request
  const { cost } = outputCosts(outputs, feeRate)
  const changeSize = outputSize({ value: 0, scriptPubKey: changeScript })
  const costOfChange = feeOf(changeSize + virtualSize(INPUT_WEIGHT), feeRate)
  const values = Float64Array.from(sorted, ({ coin }) => coin.value)
  /** the sum from here on, and the next place with another value */
  const rest = new Float64Array(values.length + 1)
  const nextOther = new Uint32Array(values.length)
  for (let i = values.length - 1; i >= 0; i--) {
    rest[i] = rest[i + 1]! + values[i]!
    nextOther[i] = values[i] === values[i + 1] ? nextOther[i + 1]! : i + 1
  }
  const costs: number[] = []
  const costOf = (inputs: number): number => {
    costs[inputs] ??= cost(inputs)
    return costs[inputs]
  }

  let best: number[] | undefined
  let most = costOfChange
  const chosen: number[] = []
  let total = 0
  let at = 0
  for (let step = 0; step < MAX_STEPS; step++) {
    const excess = chosen.length === 0 ? -1 : total - costOf(chosen.length)
    if (excess >= 0 && excess <= most) {
      best = [...chosen]
      if (excess === 0) break
      most = excess - 1
    }
    if (excess < 0 && at < values.length && total + rest[at]! >= costOf(chosen.length)) {
      chosen.push(at)
      total += values[at]!
      at++
      continue
    }
    // Back to the last coin that was taken: from here on without it, and without those that are worth the same.
    const last = chosen.pop()
    if (last === undefined) break
    total -= values[last]!
    at = nextOther[last]!
  }
  return best?.map((index) => sorted[index]!)
}
