import { toHex } from '../../base/bytes.ts'
import { CairnError } from '../../base/errors.ts'
import { formatCoins } from '../../primitives/money.ts'
import { type Transaction, virtualSize } from '../../primitives/transaction.ts'
import { encodeAddress } from '../../script/address.ts'
import { MAX_FEE_RATE } from '../../wallet/payment-plan.ts'
import {
  combinePsbts,
  finalizePsbt,
  type PartialTransaction,
  psbtOfPlan,
  signPsbt,
} from '../../wallet/psbt.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext, NodeOptions } from '../context.ts'
import { UsageError } from '../failure.ts'
import { type FeeOptions, feeOption, feeRateOf } from '../fee-choice.ts'
import { findIn } from '../own-keys.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { psbtText, readPsbt, writePsbt } from '../psbt-file.ts'
import { payeesOf, type RecipientOptions } from '../recipients.ts'
import { printFacts, printJson } from '../table.ts'
import { type AccountOptions, senderOf } from '../wallet-options.ts'
import { scanAccount } from '../wallet-scan.ts'
import { DEFAULT_WALLET, loadWallet } from '../wallets.ts'

interface OutOptions {
  /** a file to write it to, instead of base64 on standard output */
  readonly out?: string
}

/** The PSBT as the answer: base64, or where the file is. */
export async function printPsbt(
  psbt: PartialTransaction,
  options: OutOptions & Pick<NodeOptions, 'json'>,
  context: CommandContext,
  more: Record<string, unknown> = {},
): Promise<void> {
  const file = options.out === undefined ? undefined : await writePsbt(psbt, options.out, context)
  if (options.json) return printJson(context.terminal, { psbt: psbtText(psbt), file: file ?? null, ...more })
  context.terminal.print(file ?? psbtText(psbt))
}

export interface CreateOptions extends ApiOptions, RecipientOptions, FeeOptions, AccountOptions, OutOptions {
  readonly from?: string
}

/** `cairn psbt create`: needs no key, so a wallet that only watches can do it. */
export async function createPsbt(options: CreateOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const payees = await payeesOf(options, config.network.prefix, context)
  const choice = feeOption(options)
  const { client } = await connectToNetwork(options, context, config)
  const feeRate = await feeRateOf(choice, client, context)
  const { stored, account } = await senderOf(options.from ?? DEFAULT_WALLET, options, config, context)
  const coins = await scanAccount(account, stored, client, config, context)
  const plan =
    payees.kind === 'all'
      ? account.planSweep({ to: payees.to, feeRate, coins })
      : account.plan({ to: payees.to, feeRate, coins })
  // Its change address is taken, whether or not the payment is made.
  await stored.save()
  await printPsbt(psbtOfPlan(plan, account.key), options, context, { fee: plan.fee })
}

/** `cairn psbt show` */
export async function showPsbt(given: string, options: NodeOptions, context: CommandContext): Promise<void> {
  const { network } = await configOf(options, context)
  const { inputs, outputs, fee, lockTime } = await readPsbt(given, context)
  const addressOf = (script: Uint8Array): string | null => encodeAddress(script, network.prefix) ?? null
  const shown = {
    inputs: inputs.map(({ txid, vout, spent, witnessScript, signedBy, final }) => ({
      txid,
      vout,
      value: spent?.value ?? null,
      address: spent === undefined ? null : addressOf(spent.scriptPubKey),
      witnessScript: witnessScript === undefined ? null : toHex(witnessScript),
      signedBy: signedBy.map(toHex),
      final,
    })),
    outputs: outputs.map(({ value, scriptPubKey }) => ({
      value,
      address: addressOf(scriptPubKey),
      script: toHex(scriptPubKey),
    })),
    fee: fee ?? null,
    lockTime,
  }
  if (options.json) return printJson(context.terminal, shown)
  for (const [i, { txid, vout, value, address, signedBy, final }] of shown.inputs.entries())
    printFacts(context.terminal, {
      [`input ${i}`]: `${txid}:${vout}`,
      '  spends': value === null ? 'unknown' : `${formatCoins(value)} of ${address ?? 'an unknown script'}`,
      '  signatures': final ? 'complete' : signedBy.length,
    })
  for (const [i, { value, address, script }] of shown.outputs.entries())
    printFacts(context.terminal, { [`output ${i}`]: `${formatCoins(value)} to ${address ?? script}` })
  printFacts(context.terminal, {
    fee: fee === undefined ? 'unknown' : formatCoins(fee),
    'lock time': lockTime,
  })
}

/** What whoever signs agrees to. */
function summaryOf({ outputs, fee }: PartialTransaction, prefix: string): string {
  const paid = outputs.map(
    ({ value, scriptPubKey }) =>
      `${formatCoins(value)} to ${encodeAddress(scriptPubKey, prefix) ?? toHex(scriptPubKey)}`,
  )
  return `${paid.join(', ')}, fee ${fee === undefined ? 'unknown' : formatCoins(fee)}`
}

export interface SignOptions extends NodeOptions, PassphraseOptions, OutOptions {
  readonly from?: string
}

/** `cairn psbt sign` */
export async function sign(given: string, options: SignOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const psbt = await readPsbt(given, context)
  const name = options.from ?? DEFAULT_WALLET
  const { wallet } = await loadWallet(name, config, context)
  const unlocked = await unlockWallet(wallet, name, options, context)
  try {
    const signed = signPsbt(psbt, (wanted) => findIn(wallet, wanted), unlocked.privateKey)
    if (signed.signatures === 0)
      throw new CairnError(
        'psbt-nothing-to-sign',
        `wallet ${name} has no key that a signature is missing of in this PSBT`,
        { wallet: name },
      )
    context.terminal.note(`Signed: ${summaryOf(signed.psbt, config.network.prefix)}`)
    await printPsbt(signed.psbt, options, context, { signatures: signed.signatures })
  } finally {
    unlocked.lock()
  }
}

/** `cairn psbt combine` */
export async function combine(
  given: readonly string[],
  options: NodeOptions & OutOptions,
  context: CommandContext,
): Promise<void> {
  if (given.length < 2) throw new UsageError('two or more PSBTs are combined')
  const parts: PartialTransaction[] = []
  for (const each of given) parts.push(await readPsbt(each, context))
  await printPsbt(combinePsbts(parts), options, context)
}

/** Final bytes; refuses a fee that must be a mistake. */
function finalOf(psbt: PartialTransaction): { transaction: Transaction; fee: number | null } {
  const transaction = finalizePsbt(psbt)
  const { fee = null } = psbt
  const size = virtualSize(transaction.weight)
  if (fee !== null && fee > MAX_FEE_RATE * size)
    throw new CairnError(
      'fee-rate-out-of-range',
      `it would pay ${formatCoins(fee)} of fee for ${size} vbytes`,
      { fee },
    )
  return { transaction, fee }
}

/** `cairn psbt finalize` */
export async function finalize(given: string, options: NodeOptions, context: CommandContext): Promise<void> {
  const { transaction, fee } = finalOf(await readPsbt(given, context))
  const hex = toHex(transaction.bytes)
  if (options.json) return printJson(context.terminal, { txid: transaction.txid, fee, hex })
  context.terminal.print(hex)
}

/** `cairn psbt send` */
export async function sendPsbt(given: string, options: ApiOptions, context: CommandContext): Promise<void> {
  const { transaction, fee } = finalOf(await readPsbt(given, context))
  const { client } = await connectToNetwork(options, context)
  const { txid } = await client.submit(toHex(transaction.bytes))
  if (options.json) return printJson(context.terminal, { txid, fee })
  printFacts(context.terminal, { txid, fee: fee === null ? undefined : formatCoins(fee) })
}
