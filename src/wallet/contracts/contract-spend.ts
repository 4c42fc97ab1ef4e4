import { equalBytes } from '../../base/bytes.ts'
import { CairnError, invariant } from '../../base/errors.ts'
import { compactSizeLength } from '../../base/writer.ts'
import type { PlacedCoin } from '../../ports/chain.ts'
import { sha256 } from '../../primitives/hash.ts'
import { formatCoins } from '../../primitives/money.ts'
import { makeTransaction, type Transaction, virtualSize } from '../../primitives/transaction.ts'
import { createSighashCache, SIGHASH_ALL, witnessSighash } from '../../script/sighash.ts'
import type { Curve } from '../curve.ts'
import { signatureItem } from '../payment.ts'
import { checkFeeRate, MAX_PAYMENT_WEIGHT } from '../payment-plan.ts'
import { dustThreshold, feeOf, INPUT_BASE_BYTES, paymentWeight } from '../sizes.ts'
import { contractScript, type Htlc, PREIMAGE_BYTES, scriptPubKeyOf, type Vault } from './contract.ts'
import { lockFields, type TimeLock } from './time-lock.ts'

/** One way to spend a contract that takes a single signature. */
export interface ContractPath {
  readonly contract: Vault | Htlc
  /** who has to sign */
  readonly publicKey: Uint8Array
  readonly lock: TimeLock | undefined
  /** what the witness holds between the signature and the script */
  readonly items: readonly Uint8Array[]
}

const TRUE_ITEM = Uint8Array.of(1)
const FALSE_ITEM = new Uint8Array(0)

export const vaultPath = (contract: Vault): ContractPath => ({
  contract,
  publicKey: contract.publicKey,
  lock: contract.lock,
  items: [],
})

/** @throws CairnError `preimage-wrong` */
export function claimPath(contract: Htlc, preimage: Uint8Array): ContractPath {
  if (preimage.length !== PREIMAGE_BYTES || !equalBytes(sha256(preimage), contract.hash))
    throw new CairnError('preimage-wrong', 'the preimage does not have the hash that the contract asks for')
  return { contract, publicKey: contract.recipient, lock: undefined, items: [preimage, TRUE_ITEM] }
}

export const refundPath = (contract: Htlc): ContractPath => ({
  contract,
  publicKey: contract.refund,
  lock: contract.lock,
  items: [FALSE_ITEM],
})

export interface ContractSpendRequest {
  readonly path: ContractPath
  /** coins on the contract's output; all of them are spent */
  readonly coins: readonly PlacedCoin[]
  /** where what they hold goes, less the fee */
  readonly to: Uint8Array
  /** base units per virtual byte */
  readonly feeRate: number
}

export interface ContractSpend {
  readonly transaction: Transaction
  /** base units */
  readonly fee: number
  readonly value: number
}

/** A signature of at most 72 bytes; the items and the script, each with its length, and their number. */
function inputWeight(script: Uint8Array, items: readonly Uint8Array[]): number {
  const stack = [...items, script].reduce((sum, { length }) => sum + compactSizeLength(length) + length, 0)
  return 4 * INPUT_BASE_BYTES + 1 + (1 + 72) + stack
}

/**
 * Spends all coins of a contract to one output, with BIP125 sequences or the contract's own lock.
 * @throws CairnError `contract-empty` where there are no coins, `contract-below-fee` where the fee leaves too little,
 *   `fee-rate-out-of-range`, `payment-too-large`
 */
export function spendContract(
  { path, coins, to, feeRate }: ContractSpendRequest,
  privateKey: Uint8Array,
  curve: Curve,
): ContractSpend {
  checkFeeRate(feeRate)
  if (coins.length === 0) throw new CairnError('contract-empty', 'no confirmed coin lies on the contract')
  const script = contractScript(path.contract)
  const own = scriptPubKeyOf(script)
  invariant(
    coins.every(({ coin }) => equalBytes(coin.scriptPubKey, own)),
    'the coins are on the contract',
  )
  const total = coins.reduce((sum, { coin }) => sum + coin.value, 0)
  const output = { value: total, scriptPubKey: to }
  const weight = paymentWeight(coins.length, [output], inputWeight(script, path.items))
  if (weight > MAX_PAYMENT_WEIGHT)
    throw new CairnError('payment-too-large', `${coins.length} coins do not fit into one transaction`, {
      inputs: coins.length,
      weight,
    })
  const fee = feeOf(virtualSize(weight), feeRate)
  const value = total - fee
  if (value < dustThreshold(output))
    throw new CairnError(
      'contract-below-fee',
      `the contract holds ${formatCoins(total)}, which the fee of ${formatCoins(fee)} leaves nothing worth sending of`,
      { total, fee },
    )
  const { lockTime, sequence } = lockFields(path.lock)
  const unsigned = {
    version: 2,
    lockTime,
    inputs: coins.map(({ outPoint }) => ({
      prevout: outPoint,
      scriptSig: new Uint8Array(0),
      sequence,
      witness: [] as readonly Uint8Array[],
    })),
    outputs: [{ value, scriptPubKey: to }],
  }
  const cache = createSighashCache(unsigned)
  const transaction = makeTransaction({
    ...unsigned,
    inputs: unsigned.inputs.map((input, index) => {
      const digest = witnessSighash(cache, index, script, coins[index]!.coin.value, SIGHASH_ALL)
      return { ...input, witness: [signatureItem(digest, privateKey, curve), ...path.items, script] }
    }),
  })
  invariant(transaction.weight <= weight, 'it weighs no more than was paid for')
  return { transaction, fee, value }
}

/** The preimage that a claim of the contract has shown, where `transaction` is one. */
export function revealedPreimage(
  { hash }: Htlc,
  { inputs }: Pick<Transaction, 'inputs'>,
): Uint8Array | undefined {
  for (const { witness } of inputs)
    for (const item of witness)
      if (item.length === PREIMAGE_BYTES && equalBytes(sha256(item), hash)) return item
  return undefined
}
