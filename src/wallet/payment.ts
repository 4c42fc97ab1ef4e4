import { Transaction as BtcTransaction } from '@scure/btc-signer'
import { CairnError, invariant } from '../base/errors.ts'
import { type Random, shuffled } from '../ports/random.ts'
import { formatCoins, isMoney, sumMoney } from '../primitives/money.ts'
import { decodeTransaction, type Transaction, type TxOutput, virtualSize } from '../primitives/transaction.ts'
import { decodeAddress } from '../script/address.ts'
import type { AccountKeys, WalletAddress } from './account.ts'
import { isSpendable, type OwnedCoin, sumCoins } from './coins.ts'
import {
  costOf,
  dustThreshold,
  feeOf,
  paymentWeight,
  type Selection,
  type SelectionRequest,
  selectCoins,
  usableCoins,
} from './selection.ts'

/** BIP125: replaceable by fee; BIP68 locks stay off. */
export const PAYMENT_SEQUENCE = 0xffff_fffd

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

/** A signed payment, ready to be handed to a node. */
export interface Payment {
  readonly transaction: Transaction
  /** base units */
  readonly fee: number
  readonly spent: readonly OwnedCoin[]
  /** what comes back, and where; undefined where it would have been dust */
  readonly change: { readonly address: WalletAddress; readonly value: number } | undefined
}

function outputTo(recipient: Recipient, prefix: string): TxOutput {
  const { address, value } = recipient
  const decoded = decodeAddress(address, prefix)
  if (!decoded.ok) throw new CairnError(decoded.error.code, decoded.error.message, { address })
  const output = { value, scriptPubKey: decoded.value }
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

function checkRequest(request: PaymentRequest, prefix: string): TxOutput[] {
  const { feeRate, to } = request
  if (!(feeRate >= 0 && feeRate <= MAX_FEE_RATE))
    throw new CairnError(
      'fee-rate-out-of-range',
      `a fee rate is from 0 to ${MAX_FEE_RATE} base units a vbyte`,
      {
        feeRate,
      },
    )
  if (to.length === 0) throw new CairnError('recipients-missing', 'a payment needs a recipient')
  const outputs = to.map((recipient) => outputTo(recipient, prefix))
  if (sumMoney(outputs.map(({ value }) => value)) === undefined)
    throw new CairnError('amount-out-of-range', 'the amounts add up to more than can exist')
  return outputs
}

function insufficient(coins: readonly OwnedCoin[], request: SelectionRequest): CairnError {
  const usable = usableCoins(coins.filter(isSpendable), request.feeRate)
  const details = {
    available: sumCoins(usable),
    needed: costOf(request, Math.max(1, usable.length)),
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
  if (selection === undefined) throw insufficient(coins, request)
  return selection
}

function sign(outputs: readonly TxOutput[], coins: readonly OwnedCoin[], keys: AccountKeys): Transaction {
  const unsigned = new BtcTransaction({ version: 2, lockTime: 0 })
  for (const { outPoint, coin } of coins)
    unsigned.addInput({
      txid: outPoint.txid,
      index: outPoint.vout,
      sequence: PAYMENT_SEQUENCE,
      witnessUtxo: { script: coin.scriptPubKey, amount: BigInt(coin.value) },
    })
  for (const { scriptPubKey, value } of outputs)
    unsigned.addOutput({ script: scriptPubKey, amount: BigInt(value) })
  for (const [index, { owner }] of coins.entries()) {
    const key = keys.privateKey(owner.index, owner.branch)
    unsigned.signIdx(key, index)
    key.fill(0)
  }
  unsigned.finalize()
  const decoded = decodeTransaction(unsigned.extract())
  invariant(decoded.ok, 'a signed transaction decodes')
  return decoded.value
}

/**
 * Chooses coins, builds and signs a payment: version 2, lock time 0, BIP125 sequences, outputs in random order so
 * that their place does not give the change away.
 * @param changeAddress - used only where there is change
 * @throws CairnError `insufficient-funds` with `available`, `needed`, `immature` and `pending` in base units;
 *   `amount-out-of-range`, `amount-below-dust`, `fee-rate-out-of-range`, `recipients-missing`, `payment-too-large`, or
 *   the code of an address that cannot be paid to
 */
export function buildPayment(
  request: PaymentRequest,
  prefix: string,
  changeAddress: WalletAddress,
  keys: AccountKeys,
  random: Random,
): Payment {
  const outputs = checkRequest(request, prefix)
  const changeScript = changeAddress.scriptPubKey
  const { coins, change, fee } = choose(request.coins, { outputs, feeRate: request.feeRate, changeScript })
  if (change !== undefined) outputs.push({ value: change, scriptPubKey: changeScript })
  const weight = paymentWeight(coins.length, outputs)
  if (weight > MAX_PAYMENT_WEIGHT)
    throw new CairnError(
      'payment-too-large',
      `the payment would take ${coins.length} coins, more than fit into one transaction: send less at once`,
      { inputs: coins.length, weight, limit: MAX_PAYMENT_WEIGHT },
    )
  const transaction = sign(shuffled(random, outputs), coins, keys)
  invariant(transaction.weight <= weight, 'a payment weighs no more than was paid for')
  invariant(fee >= feeOf(virtualSize(transaction.weight), request.feeRate), 'a payment pays its fee rate')
  return {
    transaction,
    fee,
    spent: coins,
    change: change === undefined ? undefined : { address: changeAddress, value: change },
  }
}
