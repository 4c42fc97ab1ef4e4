import { CairnError } from '../../base/errors.ts'
import { MAX_KEYS, type Multisig } from '../../wallet/contracts/contract.ts'
import { planMultisig } from '../../wallet/contracts/multisig-plan.ts'
import { outputsTo, scriptOf } from '../../wallet/payment-plan.ts'
import { type PartialTransaction, signPsbt } from '../../wallet/psbt.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { scriptOption, signerOption } from '../contract-options.ts'
import { UsageError } from '../failure.ts'
import { type FeeOptions, feeOption, feeRateOf } from '../fee-choice.ts'
import { findIn } from '../own-keys.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { payeesOf, type RecipientOptions } from '../recipients.ts'
import { wholeOption } from '../wallet-options.ts'
import { DEFAULT_WALLET, loadWallet } from '../wallets.ts'
import { coinsOnContract, printContract, type ScriptOptions } from './contracts.ts'
import { printPsbt } from './psbt.ts'

export interface CreateOptions extends NodeOptions {
  readonly required: string
  readonly key?: readonly string[]
  readonly index?: string
}

/** `cairn multisig create` */
export async function createMultisig(options: CreateOptions, context: CommandContext): Promise<void> {
  const { network } = await configOf(options, context)
  const required = wholeOption('--required', options.required, 1, MAX_KEYS)!
  const index = wholeOption('--index', options.index, 0, 0x7fff_ffff) ?? 0
  const publicKeys = (options.key ?? []).map((key) => signerOption(key, index))
  if (publicKeys.length < required)
    throw new UsageError(`--required is ${required}, but there are ${publicKeys.length} keys (--key)`)
  const contract: Multisig = { kind: 'multisig', required, publicKeys }
  printContract(contract, network.prefix, options, context, { required, keys: publicKeys.length })
}

export interface SpendOptions extends ScriptOptions, PassphraseOptions, FeeOptions, RecipientOptions {
  readonly from?: string
  readonly out?: string
  /** false for `--no-sign` */
  readonly sign?: boolean
}

/** `cairn multisig spend`: a PSBT with the signatures of one wallet, for the others to add theirs. */
export async function spendMultisig(options: SpendOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const { prefix } = config.network
  const contract = scriptOption(options.script, 'multisig')
  const payees = await payeesOf(options, prefix, context)
  const choice = feeOption(options)
  const connection = await connectToNetwork(options, context, config)
  const feeRate = await feeRateOf(choice, connection.client, context)
  const { coins } = await coinsOnContract(contract, connection, context)
  const unspent = coins.filter(({ spentBy, status }) => spentBy === null && status === 'confirmed')
  const pay = payees.kind === 'all' ? { all: scriptOf(payees.to, prefix) } : outputsTo(payees.to, prefix)
  const psbt = planMultisig({ contract, coins: unspent, pay, feeRate })
  const signed = options.sign === false ? { psbt, signatures: 0 } : await signOwn(psbt, options, context)
  await printPsbt(signed.psbt, options, context, {
    fee: psbt.fee,
    signatures: signed.signatures,
    required: contract.required,
  })
}

async function signOwn(psbt: PartialTransaction, options: SpendOptions, context: CommandContext) {
  const name = options.from ?? DEFAULT_WALLET
  const config = await configOf(options, context)
  const { wallet } = await loadWallet(name, config, context)
  const unlocked = await unlockWallet(wallet, name, options, context)
  try {
    const signed = signPsbt(psbt, (wanted) => findIn(wallet, wanted), unlocked.privateKey)
    if (signed.signatures === 0)
      throw new CairnError(
        'key-not-ours',
        `wallet ${name} has none of the keys: choose another with --from, or leave it to others with --no-sign`,
        { wallet: name },
      )
    return signed
  } finally {
    unlocked.lock()
  }
}
