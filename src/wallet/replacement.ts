import { equalBytes } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import { formatCoins } from '../primitives/money.ts'
import { type Transaction, virtualSize } from '../primitives/transaction.ts'
import type { WalletAddress } from './account.ts'
import { type OwnedCoin, sumCoins } from './coins.ts'
import { checkFeeRate, checkWeight, insufficientFunds, type PaymentPlan } from './payment-plan.ts'
import { createSettle, usableCoins } from './selection.ts'
import { feeOf } from './sizes.ts'

/** BIP125 rule 4: what a replacement pays above the old fee for being relayed, in base units per virtual byte. */
const INCREMENTAL_RATE = 1

/** A payment of our own that is still pending, and what is to take its place. */
export interface ReplacementRequest {
  readonly transaction: Transaction
  /** base units that it pays */
  readonly fee: number
  /** base units per virtual byte that its replacement pays */
  readonly feeRate: number
  /** the coins of the wallet that it spends */
  readonly spent: readonly OwnedCoin[]
  /** where its change went; undefined where it made none */
  readonly change: WalletAddress | undefined
  /** further coins, of which confirmed ones are added where the change does not suffice */
  readonly coins: readonly OwnedCoin[]
}

/**
 * BIP125: the same payment at a higher fee. It spends the same coins, pays the same recipients, and takes the fee from
 * the change; where that is not enough it adds confirmed coins, the largest first.
 * @throws CairnError `payment-not-ours`, `fee-rate-too-low` with `least` (base units a
 *   vbyte), or those of `planPayment`
 */
export function planReplacement(
  request: ReplacementRequest,
  { changeAddress }: { readonly changeAddress: WalletAddress },
): PaymentPlan {
  const { transaction, fee: oldFee, feeRate, change: oldChange, coins } = request
  checkFeeRate(feeRate)
  const old = inputsInOrder(request)
  const oldSize = virtualSize(transaction.weight)
  if (feeRate <= oldFee / oldSize) throw tooLow(oldFee, oldSize)

  const outputs = transaction.outputs.filter(
    ({ scriptPubKey }) => oldChange === undefined || !equalBytes(scriptPubKey, oldChange.scriptPubKey),
  )
  const address = oldChange ?? changeAddress
  const wanted = { outputs, feeRate, changeScript: address.scriptPubKey }
  const settle = createSettle(wanted)
  const spare = usableCoins(
    coins.filter(({ status }) => status === 'confirmed'),
    feeRate,
  ).reverse()
  for (let added = 0; added <= spare.length; added++) {
    const spent = [...old, ...spare.slice(0, added)]
    const settled = settle(spent.length, sumCoins(spent))
    if (settled === undefined) continue
    const { fee, change } = settled
    const made =
      change === undefined ? outputs : [...outputs, { value: change, scriptPubKey: address.scriptPubKey }]
    const weight = checkWeight(spent.length, made)
    if (fee < oldFee + feeOf(virtualSize(weight), INCREMENTAL_RATE)) throw tooLow(oldFee, virtualSize(weight))
    return {
      spent,
      outputs: made,
      fee,
      weight,
      change: change === undefined ? undefined : { address, value: change },
    }
  }
  throw insufficientFunds([...old, ...coins], wanted)
}

function inputsInOrder({ transaction, spent }: ReplacementRequest): OwnedCoin[] {
  return transaction.inputs.map(({ prevout }) => {
    const coin = spent.find(
      ({ outPoint }) => outPoint.txid === prevout.txid && outPoint.vout === prevout.vout,
    )
    if (coin !== undefined) return coin
    throw new CairnError(
      'payment-not-ours',
      `the payment spends ${prevout.txid}:${prevout.vout}, which is no coin of this wallet: only who made it can replace it`,
      { outPoint: prevout },
    )
  })
}

function tooLow(oldFee: number, size: number): CairnError {
  const least = Math.ceil((1000 * (oldFee + feeOf(size, INCREMENTAL_RATE))) / size) / 1000
  return new CairnError(
    'fee-rate-too-low',
    `a replacement pays for its own relay above the old fee of ${formatCoins(oldFee)}: at least ${least} base units a vbyte`,
    { oldFee, least },
  )
}
