import { type TxOutput, virtualSize } from '../primitives/transaction.ts'
import { coinsWithoutChange } from './branch-and-bound.ts'
import { type OwnedCoin, sumCoins } from './coins.ts'
import { dustThreshold, feeOf, INPUT_WEIGHT, outputCosts } from './sizes.ts'

/** What a payment has to meet. */
export interface SelectionRequest {
  readonly outputs: readonly TxOutput[]
  /** base units per virtual byte */
  readonly feeRate: number
  /** where change goes */
  readonly changeScript: Uint8Array
}

export interface Selection {
  readonly coins: readonly OwnedCoin[]
  /** base units: inputs less outputs less change */
  readonly fee: number
  /** base units that come back, or undefined where they would be dust and are left to the miner */
  readonly change: number | undefined
}

/** Fee and change for a number of inputs and their sum; undefined where that is not enough. */
export type Settle = (inputs: number, total: number) => Omit<Selection, 'coins'> | undefined

/** The outputs are looked at once, not for each coin. */
export function createSettle({ outputs, feeRate, changeScript }: SelectionRequest): Settle {
  const changeOutput = { value: 0, scriptPubKey: changeScript }
  const bare = outputCosts(outputs, feeRate)
  const withChange = outputCosts([...outputs, changeOutput], feeRate)
  const dust = dustThreshold(changeOutput)
  return (inputs, total) => {
    if (total < bare.cost(inputs)) return undefined
    const change = total - withChange.cost(inputs)
    return change >= dust
      ? { fee: total - bare.paid - change, change }
      : { fee: total - bare.paid, change: undefined }
  }
}

function byValue(a: OwnedCoin, b: OwnedCoin): number {
  if (a.coin.value !== b.coin.value) return a.coin.value - b.coin.value
  const [one, other] = [a.outPoint, b.outPoint]
  if (one.txid !== other.txid) return one.txid < other.txid ? -1 : 1
  return one.vout - other.vout
}

/** The coins that are worth more than the fee of spending them, the smallest first. */
export function usableCoins(coins: readonly OwnedCoin[], feeRate: number): OwnedCoin[] {
  const inputFee = feeOf(virtualSize(INPUT_WEIGHT), feeRate)
  return coins.filter(({ coin }) => coin.value > inputFee).sort(byValue)
}

/**
 * Chooses the coins of a payment. Where there are some that need no change, and that costs no more in the end, it is
 * those. Otherwise the smallest single coin that covers it; where none does, the largest first until they cover it.
 * Coins that cost more to spend than they are worth are left out. The same coins always give the same choice.
 * @returns undefined where the coins do not cover the outputs and the fee
 */
export function selectCoins(coins: readonly OwnedCoin[], request: SelectionRequest): Selection | undefined {
  const usable = usableCoins(coins, request.feeRate)
  const simple = selectSimply(usable, request)
  if (simple === undefined) return undefined
  const exact = coinsWithoutChange(usable.toReversed(), request)
  if (exact === undefined) return simple
  const { paid } = outputCosts(request.outputs, request.feeRate)
  const selection: Selection = { coins: exact, fee: sumCoins(exact) - paid, change: undefined }
  return costInTheEnd(selection, request) <= costInTheEnd(simple, request) ? selection : simple
}

/** The fee, and that of spending the change one day at the same rate. */
const costInTheEnd = ({ fee, change }: Selection, { feeRate }: SelectionRequest): number =>
  change === undefined ? fee : fee + feeOf(virtualSize(INPUT_WEIGHT), feeRate)

/** @param usable - the smallest first */
function selectSimply(usable: readonly OwnedCoin[], request: SelectionRequest): Selection | undefined {
  const settle = createSettle(request)
  for (const coin of usable) {
    const settled = settle(1, coin.coin.value)
    if (settled !== undefined) return { coins: [coin], ...settled }
  }
  const largest = usable.toReversed()
  let total = 0
  for (let count = 1; count <= largest.length; count++) {
    total += largest[count - 1]!.coin.value
    const settled = settle(count, total)
    if (settled !== undefined) return { coins: largest.slice(0, count), ...settled }
  }
  return undefined
}
