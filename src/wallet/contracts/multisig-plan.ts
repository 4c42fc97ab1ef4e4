import { CairnError } from '../../base/errors.ts'
import { compactSizeLength } from '../../base/writer.ts'
import type { PlacedCoin } from '../../ports/chain.ts'
import { formatCoins } from '../../primitives/money.ts'
import { type TxOutput, virtualSize } from '../../primitives/transaction.ts'
import { checkFeeRate, MAX_PAYMENT_WEIGHT } from '../payment-plan.ts'
import { type PartialTransaction, psbtOfScript } from '../psbt.ts'
import { dustThreshold, feeOf, INPUT_BASE_BYTES, paymentWeight } from '../sizes.ts'
import { contractScript, type Multisig, scriptPubKeyOf } from './contract.ts'

export interface MultisigRequest {
  readonly contract: Multisig
  /** confirmed coins on the contract's output */
  readonly coins: readonly PlacedCoin[]
  /** what is paid, in their order; or one script that gets everything */
  readonly pay: readonly TxOutput[] | { readonly all: Uint8Array }
  /** base units per virtual byte */
  readonly feeRate: number
}

/** The stack's count, the empty item of CHECKMULTISIG, signatures of at most 72 bytes, and the script. */
const inputWeight = (required: number, script: Uint8Array): number =>
  4 * INPUT_BASE_BYTES + 1 + 1 + required * (1 + 72) + compactSizeLength(script.length) + script.length

const sumOf = (outputs: readonly TxOutput[]): number => outputs.reduce((sum, { value }) => sum + value, 0)

/**
 * Plans a payment from a multi-signature contract as a PSBT that nobody has signed: the largest coins first; what is
 * left over goes back to the contract.
 * @throws CairnError `contract-empty`, `insufficient-funds` with `available` and `needed`, `payment-too-large`,
 *   `fee-rate-out-of-range`
 */
export function planMultisig({ contract, coins, pay, feeRate }: MultisigRequest): PartialTransaction {
  checkFeeRate(feeRate)
  if (coins.length === 0) throw new CairnError('contract-empty', 'no confirmed coin lies on the contract')
  const witnessScript = contractScript(contract)
  const weight = inputWeight(contract.required, witnessScript)
  const feeFor = (inputs: number, outputs: readonly TxOutput[]): number =>
    feeOf(virtualSize(paymentWeight(inputs, outputs, weight)), feeRate)
  const make = (some: readonly PlacedCoin[], outputs: readonly TxOutput[]): PartialTransaction => {
    if (paymentWeight(some.length, outputs, weight) > MAX_PAYMENT_WEIGHT)
      throw new CairnError('payment-too-large', `${some.length} coins do not fit into one transaction`, {
        inputs: some.length,
      })
    return psbtOfScript({ witnessScript, coins: some, outputs })
  }
  const largest = coins.toSorted((a, b) => b.coin.value - a.coin.value)
  const available = sumOf(largest.map(({ coin }) => coin))
  if ('all' in pay) {
    const output = { value: available, scriptPubKey: pay.all }
    const fee = feeFor(largest.length, [output])
    if (available - fee < dustThreshold(output)) throw insufficient(available, fee + dustThreshold(output))
    return make(largest, [{ ...output, value: available - fee }])
  }
  const back = { value: 0, scriptPubKey: scriptPubKeyOf(witnessScript) }
  for (let count = 1; count <= largest.length; count++) {
    const some = largest.slice(0, count)
    const left = sumOf(some.map(({ coin }) => coin)) - sumOf(pay)
    if (left < feeFor(count, pay)) continue
    const value = left - feeFor(count, [...pay, back])
    return make(some, value >= dustThreshold(back) ? [...pay, { ...back, value }] : pay)
  }
  throw insufficient(available, sumOf(pay) + feeFor(largest.length, pay))
}

const insufficient = (available: number, needed: number): CairnError =>
  new CairnError(
    'insufficient-funds',
    `${formatCoins(needed)} coins needed with the fee, ${formatCoins(available)} lie on the contract`,
    { available, needed },
  )
