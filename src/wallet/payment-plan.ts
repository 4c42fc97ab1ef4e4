import { CairnError } from '../base/errors.ts'
import { type Random, shuffled } from '../ports/random.ts'
import { formatCoins, isMoney, sumMoney } from '../primitives/money.ts'
import { type TxOutput, virtualSize } from '../primitives/transaction.ts'
import { decodeAddress } from '../script/address.ts'
import type { WalletAddress } from './account.ts'
import { isSpendable, type OwnedCoin, sumCoins } from './coins.ts'
import { type Selection, type SelectionRequest, selectCoins, usableCoins } from './selection.ts'
import { dustThreshold, feeOf, outputCosts, paymentWeight } from './sizes.ts'

/** Bitcoin Core's limit for what nodes relay: about 1,400 inputs. */
export const MAX_PAYMENT_WEIGHT = 400_000

/** Above this a fee rate is taken for a mistake: Bitcoin Core's limit for what it sends, in base units per vbyte. */
export const MAX_FEE_RATE = 10_000

export interface Recipient {
  /** bech32 with the network's prefix */
  readonly address: string
  /** base units */
  readonly value: number
}

export interface PaymentRequest {
  readonly to: readonly Recipient[]
  /** base units per virtual byte; counts in thousandths */
  readonly feeRate: number
  /** the wallet's coins as its scan found them; those that cannot be spent yet are left out */
  readonly coins: readonly OwnedCoin[]
}

export interface SweepRequest extends Omit<PaymentRequest, 'to'> {
  /** who gets all of it, less the fee */
  readonly to: string
}

/** A payment before it is signed. */
export interface PaymentPlan {
  /** in the order of the inputs */
  readonly spent: readonly OwnedCoin[]
  /** in the order of the transaction */
  readonly outputs: readonly TxOutput[]
  /** base units */
  readonly fee: number
  /** the most that it can weigh once it is signed */
  readonly weight: number
  /** what comes back, and where; undefined where there is none, or it would have been dust */
  readonly change: { readonly address: WalletAddress; readonly value: number } | undefined
}

/** The network's address prefix, and where change goes; used only where there is change. */
export interface PlanContext {
  readonly prefix: string
  readonly changeAddress: WalletAddress
  readonly random: Random
}

/** The script of an address. @throws CairnError with the code of an address that cannot be paid to */
export function scriptOf(address: string, prefix: string): Uint8Array {
  const decoded = decodeAddress(address, prefix)
  if (!decoded.ok) throw new CairnError(decoded.error.code, decoded.error.message, { address })
  return decoded.value
}

function outputTo({ address, value }: Recipient, prefix: string): TxOutput {
  const output = { value, scriptPubKey: scriptOf(address, prefix) }
  if (!isMoney(value) || value === 0)
    throw new CairnError('amount-out-of-range', 'an amount is a positive number of base units', { value })
  const least = dustThreshold(output)
  if (value < least)
    throw new CairnError('amount-below-dust', `${value} is dust: nodes relay at least ${least} base units`, {
      value,
      least,
    })
  return output
}

/** @throws CairnError `fee-rate-out-of-range` */
export function checkFeeRate(feeRate: number): void {
  if (feeRate >= 0 && feeRate <= MAX_FEE_RATE) return
  throw new CairnError(
    'fee-rate-out-of-range',
    `a fee rate is from 0 to ${MAX_FEE_RATE} base units a vbyte`,
    {
      feeRate,
    },
  )
}

/** @throws CairnError `recipients-missing`, `amount-out-of-range`, `amount-below-dust`, or an address's code */
export function outputsTo(to: readonly Recipient[], prefix: string): TxOutput[] {
  if (to.length === 0) throw new CairnError('recipients-missing', 'a payment needs a recipient')
  const outputs = to.map((recipient) => outputTo(recipient, prefix))
  if (sumMoney(outputs.map(({ value }) => value)) === undefined)
    throw new CairnError('amount-out-of-range', 'the amounts add up to more than can exist')
  return outputs
}

/** Why coins do not suffice. */
export function insufficientFunds(coins: readonly OwnedCoin[], request: SelectionRequest): CairnError {
  const usable = usableCoins(coins.filter(isSpendable), request.feeRate)
  const { cost } = outputCosts(request.outputs, request.feeRate)
  const details = {
    available: sumCoins(usable),
    needed: cost(Math.max(1, usable.length)),
    immature: sumCoins(coins.filter(({ status }) => status === 'immature')),
    pending: sumCoins(coins.filter((coin) => coin.status === 'pending' && !isSpendable(coin))),
  }
  const { available, needed, immature, pending } = details
  return new CairnError(
    'insufficient-funds',
    `${formatCoins(needed)} coins needed with the fee, ${formatCoins(available)} available ` +
      `(${formatCoins(immature)} immature, ${formatCoins(pending)} pending)`,
    details,
  )
}

/** Confirmed coins first; change that still waits in the mempool only where they do not suffice. */
function choose(coins: readonly OwnedCoin[], request: SelectionRequest): Selection {
  const confirmed = coins.filter(({ status }) => status === 'confirmed')
  const selection = selectCoins(confirmed, request) ?? selectCoins(coins.filter(isSpendable), request)
  if (selection === undefined) throw insufficientFunds(coins, request)
  return selection
}

/** @throws CairnError `payment-too-large` */
export function checkWeight(inputs: number, outputs: readonly TxOutput[]): number {
  const weight = paymentWeight(inputs, outputs)
  if (weight > MAX_PAYMENT_WEIGHT)
    throw new CairnError(
      'payment-too-large',
      `the payment would take ${inputs} coins and ${outputs.length} outputs, more than fit into one transaction: send less at once`,
      { inputs, weight, limit: MAX_PAYMENT_WEIGHT },
    )
  return weight
}

/**
 * Chooses the coins of a payment. Its outputs are in random order, so that their place does not give the change away.
 * @throws CairnError `insufficient-funds` with `available`, `needed`, `immature` and `pending` in base units;
 *   `amount-out-of-range`, `amount-below-dust`, `fee-rate-out-of-range`, `recipients-missing`, `payment-too-large`, or
 *   the code of an address that cannot be paid to
 */
export function planPayment(request: PaymentRequest, context: PlanContext): PaymentPlan {
  const { prefix, changeAddress, random } = context
  checkFeeRate(request.feeRate)
  const outputs = outputsTo(request.to, prefix)
  const { scriptPubKey: changeScript } = changeAddress
  const { coins, change, fee } = choose(request.coins, { outputs, feeRate: request.feeRate, changeScript })
  if (change !== undefined) outputs.push({ value: change, scriptPubKey: changeScript })
  return {
    spent: coins,
    outputs: shuffled(random, outputs),
    fee,
    weight: checkWeight(coins.length, outputs),
    change: change === undefined ? undefined : { address: changeAddress, value: change },
  }
}

/** A sweep, and how many coins did not fit into it. */
export interface SweepPlan extends PaymentPlan {
  readonly left: number
}

/**
 * Sends every coin that is worth more than the fee of spending it to one address; of more than fit into a transaction,
 * the largest.
 * @throws CairnError as `planPayment`
 */
export function planSweep(request: SweepRequest, { prefix }: Pick<PlanContext, 'prefix'>): SweepPlan {
  const { feeRate, coins, to } = request
  checkFeeRate(feeRate)
  const scriptPubKey = scriptOf(to, prefix)
  const usable = usableCoins(coins.filter(isSpendable), feeRate).reverse()
  const empty = [{ value: 0, scriptPubKey }]
  let count = usable.length
  while (count > 0 && paymentWeight(count, empty) > MAX_PAYMENT_WEIGHT) count--
  const spent = usable.slice(0, count)
  const weight = paymentWeight(count, empty)
  const fee = feeOf(virtualSize(weight), feeRate)
  const value = sumCoins(spent) - fee
  const least = dustThreshold(empty[0]!)
  if (value < least)
    throw insufficientFunds(coins, {
      outputs: [{ value: least, scriptPubKey }],
      feeRate,
      changeScript: scriptPubKey,
    })
  const left = usable.length - count
  return { spent, outputs: [{ value, scriptPubKey }], fee, weight, change: undefined, left }
}
