import { toHex } from '../../base/bytes.ts'
import { errorCode, errorMessage } from '../../base/errors.ts'
import { unixSeconds } from '../../ports/clock.ts'
import { formatCoins } from '../../primitives/money.ts'
import { virtualSize } from '../../primitives/transaction.ts'
import type { OwnedCoin } from '../../wallet/coins.ts'
import { withPayment } from '../../wallet/notes.ts'
import type { PaymentPlan, Recipient } from '../../wallet/payment-plan.ts'
import type { ApiClient } from '../api-client.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { type FeeOptions, feeOption, feeRateOf } from '../fee-choice.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { type Payees, payeesOf, type RecipientOptions, recipientsText, totalOf } from '../recipients.ts'
import { printFacts, printJson } from '../table.ts'
import { type AccountOptions, type Sender, senderOf } from '../wallet-options.ts'
import { scanAccount } from '../wallet-scan.ts'
import { DEFAULT_WALLET } from '../wallets.ts'

export interface SendOptions
  extends ApiOptions,
    PassphraseOptions,
    RecipientOptions,
    FeeOptions,
    AccountOptions {
  readonly from?: string
  readonly dryRun?: boolean
}

/** `cairn send`: the keys never leave this process, the node only sees the signed transaction. */
export async function send(options: SendOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const payees = await payeesOf(options, config.network.prefix, context)
  const choice = feeOption(options)
  const { client } = await connectToNetwork(options, context, config)
  const feeRate = await feeRateOf(choice, client, context)
  const sender = await senderOf(options.from ?? DEFAULT_WALLET, options, config, context)
  const { account, stored, address } = sender
  const coins = (await scanAccount(account, stored, client, config, context)).filter(
    ({ owner }) => address === undefined || owner.address === address,
  )
  const { plan, to } = planOf(payees, sender, feeRate, coins, context)
  if (options.dryRun) {
    // Not saved: the change address of a payment that is not made stays free.
    context.terminal.note('Nothing is sent: this is what it would be.')
    return printPayment({ plan, to, sender, txid: null }, options, context)
  }
  const txid = await signAndSubmit(plan, sender, client, options, context)
  printPayment({ plan, to, sender, txid }, options, context)
}

function planOf(
  payees: Payees,
  { account }: Sender,
  feeRate: number,
  coins: readonly OwnedCoin[],
  { terminal }: CommandContext,
): { readonly plan: PaymentPlan; readonly to: readonly Recipient[] } {
  if (payees.kind === 'amounts')
    return { plan: account.plan({ to: payees.to, feeRate, coins }), to: payees.to }
  const plan = account.planSweep({ to: payees.to, feeRate, coins })
  if (plan.left > 0)
    terminal.note(
      `One transaction takes ${plan.spent.length} coins: ${plan.left} are left. Sweep again for them.`,
    )
  return { plan, to: [{ address: payees.to, value: plan.outputs[0]!.value }] }
}

/** Unlocks, signs and hands the payment to the node. */
export async function signAndSubmit(
  plan: PaymentPlan,
  { stored }: Pick<Sender, 'stored'>,
  client: ApiClient,
  options: PassphraseOptions,
  context: CommandContext,
): Promise<string> {
  const unlocked = await unlockWallet(stored.wallet, stored.name, options, context)
  try {
    const { transaction } = unlocked.sign(plan)
    // Saved before the payment is known to anyone, so that its change address is not used again.
    await stored.save()
    const remember = async (): Promise<void> => {
      const sentAt = unixSeconds(context.clock)
      try {
        await stored.saveNotes(withPayment(await stored.notes(), { transaction, plan, sentAt }))
      } catch (error) {
        // It is sent: a failure would have it sent again.
        context.terminal.note(`The history will not know of this payment: ${errorMessage(error)}`)
      }
    }
    try {
      await client.submit(toHex(transaction.bytes))
    } catch (error) {
      // The node may have it all the same.
      if (errorCode(error) === 'node-unreachable') await remember()
      throw error
    }
    await remember()
    return transaction.txid
  } finally {
    unlocked.lock()
  }
}

interface Made {
  readonly plan: PaymentPlan
  readonly to: readonly Recipient[]
  readonly sender: Pick<Sender, 'stored' | 'account'>
  /** null where it was not sent */
  readonly txid: string | null
}

export function printPayment(
  { plan, to, sender, txid }: Made,
  { json }: Pick<ApiOptions, 'json'>,
  { terminal }: CommandContext,
): void {
  const { name, wallet } = sender.stored
  const { number } = sender.account
  const change = plan.change?.value ?? 0
  const size = virtualSize(plan.weight)
  if (json) {
    printJson(terminal, {
      txid,
      wallet: name,
      account: number,
      ...(to.length === 1 ? { to: to[0]!.address } : {}),
      recipients: to,
      amount: totalOf(to),
      fee: plan.fee,
      change,
      inputs: plan.spent.length,
      virtualSize: size,
    })
    return
  }
  printFacts(terminal, {
    txid: txid ?? undefined,
    from: `wallet ${name}${wallet.accounts.length > 1 ? `, account ${number}` : ''}`,
    to: recipientsText(to),
    amount: formatCoins(totalOf(to)),
    fee: formatCoins(plan.fee),
    change: formatCoins(change),
    inputs: plan.spent.length,
    size: `${size} vbytes`,
  })
}
