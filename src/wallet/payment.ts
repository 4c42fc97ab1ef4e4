import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../base/bytes.ts'
import { invariant } from '../base/errors.ts'
import { makeTransaction, type Transaction, type TransactionFields } from '../primitives/transaction.ts'
import { createSighashCache, p2wpkhSighash, SIGHASH_ALL } from '../script/sighash.ts'
import type { WalletAddress } from './account.ts'
import type { Curve } from './curve.ts'
import type { PaymentPlan } from './payment-plan.ts'

/** BIP125: replaceable by fee; BIP68 locks stay off. */
export const PAYMENT_SEQUENCE = 0xffff_fffd

/** A signed payment, ready to be handed to a node. */
export interface Payment extends PaymentPlan {
  readonly transaction: Transaction
}

/** The private key of one of the wallet's addresses: a copy, which is wiped after use. */
export type KeyOf = (address: WalletAddress) => Uint8Array

/** A signature as it stands in a witness: DER (BIP66), and the hash type ALL. */
export function signatureItem(digest: Uint8Array, privateKey: Uint8Array, curve: Curve): Uint8Array {
  const compact = curve.sign(digest, privateKey)
  const der = secp256k1.Signature.fromBytes(compact, 'compact').toBytes('der')
  return concatBytes(der, Uint8Array.of(SIGHASH_ALL))
}

/** What a plan's transaction says before it is signed: version 2, lock time 0, BIP125 sequences. */
export const unsignedFields = ({ spent, outputs }: PaymentPlan): TransactionFields => ({
  version: 2,
  lockTime: 0,
  inputs: spent.map(({ outPoint }) => ({
    prevout: outPoint,
    scriptSig: new Uint8Array(0),
    sequence: PAYMENT_SEQUENCE,
    witness: [],
  })),
  outputs,
})

/**
 * Signs a planned payment. BIP143's digests that its inputs share are computed once, so that the time grows with the
 * number of inputs and not with its square.
 */
export function signPayment(plan: PaymentPlan, keyOf: KeyOf, curve: Curve): Payment {
  const unsigned = unsignedFields(plan)
  const cache = createSighashCache(unsigned)
  const transaction = makeTransaction({
    ...unsigned,
    inputs: unsigned.inputs.map((input, index) => {
      const { coin, owner } = plan.spent[index]!
      const keyHash = coin.scriptPubKey.subarray(2)
      const digest = p2wpkhSighash(cache, index, keyHash, coin.value, SIGHASH_ALL)
      const key = keyOf(owner)
      const signature = signatureItem(digest, key, curve)
      key.fill(0)
      return { ...input, witness: [signature, owner.publicKey] }
    }),
  })
  invariant(transaction.weight <= plan.weight, 'a payment weighs no more than was paid for')
  return { ...plan, transaction }
}
