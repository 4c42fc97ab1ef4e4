import { compactSizeLength } from '../base/writer.ts'
import { outputSize, type TxOutput, virtualSize } from '../primitives/transaction.ts'
import type { OwnedCoin } from './coins.ts'

/**
 * Weight of an input that spends P2WPKH (BIP141): 41 bytes that count four times; then the stack's count, a signature
 * of at most 72 bytes (low-S DER and the hash type) and a public key of 33, each with its length.
 */
export const INPUT_WEIGHT = 4 * 41 + 1 + (1 + 72) + (1 + 33)

/** Version, lock time, marker and flag (BIP144). */
const FRAME_WEIGHT = 4 * 8 + 2

/** Bitcoin Core's rule: worth less than spending it would cost at this rate, in base units per virtual byte. */
const DUST_RATE = 3
/** Bitcoin Core's size of the input that spends a witness output, in virtual bytes, for the same rule. */
const DUST_SPEND_BYTES = 67

/** The least value in base units that is not dust: 294 for P2WPKH, 330 for P2WSH. */
export const dustThreshold = (output: TxOutput): number => DUST_RATE * (outputSize(output) + DUST_SPEND_BYTES)

/** The fee in base units for a size in virtual bytes, rounded up; `rate` counts in thousandths. */
export const feeOf = (size: number, rate: number): number =>
  Math.ceil((Math.round(rate * 1000) * size) / 1000)

/** The most that a transaction with so many P2WPKH inputs and these outputs can weigh. */
export function paymentWeight(inputs: number, outputs: readonly TxOutput[]): number {
  const counts = compactSizeLength(inputs) + compactSizeLength(outputs.length)
  const size = outputs.reduce((sum, output) => sum + outputSize(output), counts)
  return FRAME_WEIGHT + 4 * size + INPUT_WEIGHT * inputs
}

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

/** What so many inputs have to be worth for the outputs and the fee, in base units, without change. */
export function costOf(request: SelectionRequest, inputs: number): number {
  const paid = request.outputs.reduce((sum, output) => sum + output.value, 0)
  return paid + feeOf(virtualSize(paymentWeight(inputs, request.outputs)), request.feeRate)
}

type Settle = (inputs: number, total: number) => Omit<Selection, 'coins'> | undefined

/** Fee and change for a number of inputs and their sum; the outputs are looked at once, not for each coin. */
function createSettle(request: SelectionRequest): Settle {
  const { outputs, feeRate } = request
  const changeOutput = { value: 0, scriptPubKey: request.changeScript }
  const paid = outputs.reduce((sum, output) => sum + output.value, 0)
  const bare = paymentWeight(0, outputs)
  const withChange = paymentWeight(0, [...outputs, changeOutput])
  const dust = dustThreshold(changeOutput)
  const fee = (outputsWeight: number, inputs: number): number => {
    const count = 4 * (compactSizeLength(inputs) - compactSizeLength(0))
    return feeOf(virtualSize(outputsWeight + count + INPUT_WEIGHT * inputs), feeRate)
  }
  return (inputs, total) => {
    if (total < paid + fee(bare, inputs)) return undefined
    const changeFee = fee(withChange, inputs)
    const change = total - paid - changeFee
    return change >= dust ? { fee: changeFee, change } : { fee: total - paid, change: undefined }
  }
}

function byValue(a: OwnedCoin, b: OwnedCoin): number {
  if (a.coin.value !== b.coin.value) return a.coin.value - b.coin.value
  const [one, other] = [a.outPoint, b.outPoint]
  if (one.txid !== other.txid) return one.txid < other.txid ? -1 : 1
  return one.vout - other.vout
}

/** The coins that are worth more than the fee of spending them. */
export function usableCoins(coins: readonly OwnedCoin[], feeRate: number): OwnedCoin[] {
  const inputFee = feeOf(virtualSize(INPUT_WEIGHT), feeRate)
  return coins.filter(({ coin }) => coin.value > inputFee)
}

/**
 * Chooses the coins of a payment: the smallest single coin that covers it; where none does, the largest first until
 * they cover it, leaving out those that cost more to spend than they are worth. One coin keeps payments cheap and
 * tells observers least; the largest first needs the fewest signatures. The same coins always give the same choice.
 * @returns undefined where the coins do not cover the outputs and the fee
 */
export function selectCoins(coins: readonly OwnedCoin[], request: SelectionRequest): Selection | undefined {
  const settle = createSettle(request)
  const sorted = usableCoins(coins, request.feeRate).sort(byValue)
  for (const coin of sorted) {
    const settled = settle(1, coin.coin.value)
    if (settled !== undefined) return { coins: [coin], ...settled }
  }
  const largest = sorted.reverse()
  let total = 0
  for (let count = 1; count <= largest.length; count++) {
    total += largest[count - 1]!.coin.value
    const settled = settle(count, total)
    if (settled !== undefined) return { coins: largest.slice(0, count), ...settled }
  }
  return undefined
}
