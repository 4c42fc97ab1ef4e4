import { secp256k1 } from '@noble/curves/secp256k1.js'
import { PSBTCombine, Transaction as Psbt, SigHash } from '@scure/btc-signer'
import { equalBytes, toHex } from '../base/bytes.ts'
import { CairnError, invariant } from '../base/errors.ts'
import type { Txid } from '../primitives/hash.ts'
import { decodeTransaction, type Transaction, type TxOutput } from '../primitives/transaction.ts'
import { createSighashCache } from '../script/sighash.ts'
import { checkHolds } from '../script/signature-check.ts'
import { checkWitness } from '../script/witness.ts'
import { BRANCH_NUMBER, type WalletAddress } from './account.ts'
import { type AccountKey, pathIndices } from './account-key.ts'
import { keysOf, parseContract } from './contracts/contract.ts'
import { type KeyOf, PAYMENT_SEQUENCE } from './payment.ts'
import type { PaymentPlan } from './payment-plan.ts'

/** A PSBT of the largest payment is below this, base64 included. */
export const MAX_PSBT_BYTES = 2_000_000

/** Scripts of ours that the library does not know are signed all the same; nothing that others put in gets lost. */
const OPTIONS = {
  allowUnknownInputs: true,
  allowUnknownOutputs: true,
  unknown: 'ignore',
  proprietary: 'ignore',
} as const

/** BIP174: a transaction on its way to be signed. */
export interface PartialTransaction {
  /** BIP174's bytes, version 0 */
  readonly bytes: Uint8Array
  readonly inputs: readonly PartialInput[]
  readonly outputs: readonly TxOutput[]
  /** base units; undefined where an input does not say what it spends */
  readonly fee: number | undefined
  readonly lockTime: number
}

export interface PartialInput {
  readonly txid: Txid
  readonly vout: number
  /** what it spends, as the PSBT says */
  readonly spent: TxOutput | undefined
  readonly witnessScript: Uint8Array | undefined
  /** compressed keys that have signed */
  readonly signedBy: readonly Uint8Array[]
  readonly final: boolean
}

const invalid = (message: string, cause?: unknown): CairnError =>
  new CairnError('psbt-invalid', message, {}, cause)

function attempt<T>(code: string, what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof CairnError) throw cause
    throw new CairnError(code, `${what}: ${cause instanceof Error ? cause.message : cause}`, {}, cause)
  }
}

function open(bytes: Uint8Array): Psbt {
  if (bytes.length > MAX_PSBT_BYTES) throw invalid(`a PSBT has at most ${MAX_PSBT_BYTES} bytes here`)
  return attempt('psbt-invalid', 'not a PSBT that is understood here', () => Psbt.fromPSBT(bytes, OPTIONS))
}

function view(psbt: Psbt): PartialTransaction {
  const inputs = Array.from({ length: psbt.inputsLength }, (_, i) => inputOf(psbt, i))
  const outputs = Array.from({ length: psbt.outputsLength }, (_, i): TxOutput => {
    const { script, amount } = psbt.getOutput(i)
    if (script === undefined || amount === undefined) throw invalid(`output ${i} has no script or no amount`)
    return { value: amountOf(amount), scriptPubKey: script }
  })
  const none = inputs.length === 0 ? Number.NaN : 0
  const total = inputs.reduce((sum, { spent }) => sum + (spent?.value ?? Number.NaN), none)
  const fee = total - outputs.reduce((sum, { value }) => sum + value, 0)
  if (fee < 0) throw invalid('it pays more than it spends')
  const { lockTime } = psbt
  return { bytes: psbt.toPSBT(0), inputs, outputs, fee: Number.isNaN(fee) ? undefined : fee, lockTime }
}

function amountOf(amount: bigint): number {
  if (amount < 0n || amount > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('an amount is out of range')
  return Number(amount)
}

function inputOf(psbt: Psbt, index: number): PartialInput {
  const input = psbt.getInput(index)
  const { txid, index: vout, witnessUtxo, nonWitnessUtxo, witnessScript, partialSig } = input
  invariant(txid !== undefined && vout !== undefined, 'an input of a PSBT names a coin')
  const whole = nonWitnessUtxo?.outputs[vout]
  const utxo = witnessUtxo ?? whole
  // The same coin told twice, differently: a way to hide what is paid as a fee.
  if (
    witnessUtxo &&
    nonWitnessUtxo &&
    (whole?.amount !== witnessUtxo.amount || !equalBytes(whole.script, witnessUtxo.script))
  )
    throw invalid(`input ${index} contradicts itself about the coin that it spends`)
  return {
    txid: toHex(txid) as Txid,
    vout,
    spent: utxo && { value: amountOf(utxo.amount), scriptPubKey: utxo.script },
    witnessScript,
    signedBy: (partialSig ?? []).map(([key]) => key),
    final: input.finalScriptWitness !== undefined,
  }
}

/** Reads a PSBT that may come from anyone. @throws CairnError `psbt-invalid` */
export const parsePsbt = (bytes: Uint8Array): PartialTransaction =>
  attempt('psbt-invalid', 'not a PSBT that is understood here', () => view(open(bytes)))

/** Where a wallet's address comes from, for signers that hold the key. */
const originOf = (
  { branch, index, publicKey }: WalletAddress,
  { fingerprint, path }: AccountKey,
): [Uint8Array, { fingerprint: number; path: number[] }] => [
  publicKey,
  {
    fingerprint: Number.parseInt(fingerprint, 16),
    path: [...pathIndices(path), BRANCH_NUMBER[branch], index],
  },
]

/** A planned payment as a PSBT, unsigned: also of a wallet that only watches. */
export function psbtOfPlan(plan: PaymentPlan, key: AccountKey): PartialTransaction {
  const psbt = new Psbt({ ...OPTIONS, version: 2, lockTime: 0 })
  for (const { outPoint, coin, owner } of plan.spent)
    psbt.addInput({
      txid: outPoint.txid,
      index: outPoint.vout,
      sequence: PAYMENT_SEQUENCE,
      witnessUtxo: { script: coin.scriptPubKey, amount: BigInt(coin.value) },
      bip32Derivation: [originOf(owner, key)],
    })
  const { change } = plan
  for (const { scriptPubKey, value } of plan.outputs) {
    const own =
      change && equalBytes(scriptPubKey, change.address.scriptPubKey)
        ? [originOf(change.address, key)]
        : undefined
    psbt.addOutput({
      script: scriptPubKey,
      amount: BigInt(value),
      ...(own === undefined ? {} : { bip32Derivation: own }),
    })
  }
  return view(psbt)
}

/** Coins of a witness script, and what they are to pay. */
export interface ScriptPayment {
  readonly witnessScript: Uint8Array
  readonly coins: readonly {
    readonly outPoint: { readonly txid: Txid; readonly vout: number }
    readonly coin: TxOutput
  }[]
  readonly outputs: readonly TxOutput[]
}

/** A payment from a multi-signature script as a PSBT, unsigned. */
export function psbtOfScript({ witnessScript, coins, outputs }: ScriptPayment): PartialTransaction {
  const psbt = new Psbt({ ...OPTIONS, version: 2, lockTime: 0 })
  for (const { outPoint, coin } of coins)
    psbt.addInput({
      txid: outPoint.txid,
      index: outPoint.vout,
      sequence: PAYMENT_SEQUENCE,
      witnessUtxo: { script: coin.scriptPubKey, amount: BigInt(coin.value) },
      witnessScript,
    })
  for (const { scriptPubKey, value } of outputs)
    psbt.addOutput({ script: scriptPubKey, amount: BigInt(value) })
  return view(psbt)
}

/** Finds the wallet's own address by its key or its script. */
export type FindAddress = (
  wanted: { readonly publicKey: Uint8Array } | { readonly scriptPubKey: Uint8Array },
) => WalletAddress | undefined

/** The wallet's own keys that an input asks for. */
function ownKeys({ spent, witnessScript }: PartialInput, find: FindAddress): WalletAddress[] {
  if (spent === undefined) return []
  if (witnessScript === undefined) {
    const own = find({ scriptPubKey: spent.scriptPubKey })
    return own === undefined ? [] : [own]
  }
  const contract = parseContract(witnessScript)
  if (contract === undefined) return []
  return keysOf(contract).flatMap((publicKey) => find({ publicKey }) ?? [])
}

export interface SignedPsbt {
  readonly psbt: PartialTransaction
  /** how many signatures were added */
  readonly signatures: number
}

/**
 * Signs every input that asks for a key of the wallet and has no signature by it yet: P2WPKH, and the scripts of
 * `contracts/`. Only with the hash type ALL, so that nothing can be changed afterwards.
 * @throws CairnError `psbt-sign-failed`
 */
export function signPsbt({ bytes, inputs }: PartialTransaction, find: FindAddress, keyOf: KeyOf): SignedPsbt {
  const psbt = open(bytes)
  let signatures = 0
  for (const [index, input] of inputs.entries()) {
    if (input.final) continue
    for (const address of ownKeys(input, find)) {
      if (input.signedBy.some((key) => equalBytes(key, address.publicKey))) continue
      const key = keyOf(address)
      try {
        attempt('psbt-sign-failed', `input ${index} cannot be signed`, () =>
          psbt.signIdx(key, index, [SigHash.ALL]),
        )
      } finally {
        key.fill(0)
      }
      signatures += 1
    }
  }
  return { psbt: view(psbt), signatures }
}

/** One PSBT with what several of the same transaction hold. @throws CairnError `psbt-mismatch` */
export function combinePsbts(parts: readonly PartialTransaction[]): PartialTransaction {
  const all = parts.map(({ bytes }) => bytes)
  return parsePsbt(attempt('psbt-mismatch', 'they cannot be combined', () => PSBTCombine(all, OPTIONS)))
}

/**
 * The signed transaction, once every input has the signatures that it needs. Each is verified against what the PSBT says
 * of its coin.
 * @throws CairnError `psbt-incomplete`, `psbt-signature-invalid`
 */
export function finalizePsbt(partial: PartialTransaction): Transaction {
  const psbt = open(partial.bytes)
  const decoded = attempt('psbt-incomplete', 'signatures are missing', () => {
    for (const [index, { final }] of partial.inputs.entries()) if (!final) psbt.finalizeIdx(index)
    return decodeTransaction(psbt.extract())
  })
  invariant(decoded.ok, 'a finalised transaction decodes')
  const cache = createSighashCache(decoded.value)
  for (const [index, { spent }] of partial.inputs.entries()) {
    const checks = spent && checkWitness(cache, index, spent)
    if (checks?.ok !== true || !checks.value.every((check) => checkHolds(check, verify)))
      throw new CairnError(
        'psbt-signature-invalid',
        `the signature of input ${index} does not hold: the PSBT was changed, or says something wrong of the coin`,
        { input: index },
      )
  }
  return decoded.value
}

const verify = (publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true })
  } catch {
    return false
  }
}
