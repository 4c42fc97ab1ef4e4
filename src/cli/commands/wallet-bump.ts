import { fromHex } from '../../base/bytes.ts'
import { CairnError, invariant } from '../../base/errors.ts'
import { decodeTransaction, type Transaction } from '../../primitives/transaction.ts'
import { encodeAddress } from '../../script/address.ts'
import type { OwnedCoin } from '../../wallet/coins.ts'
import type { PaymentPlan, Recipient } from '../../wallet/payment-plan.ts'
import { coinsOfAddresses, createCoinSource } from '../coin-source.ts'
import { type Connection, configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { givenFeeRate } from '../fee-choice.ts'
import type { PassphraseOptions } from '../passphrase.ts'
import { noteIncomplete } from '../wallet-scan.ts'
import { DEFAULT_WALLET, loadWallet, type StoredWallet } from '../wallets.ts'
import { printPayment, signAndSubmit } from './send.ts'

export interface BumpOptions extends ApiOptions, PassphraseOptions {
  readonly from?: string
  readonly feeRate?: string
  readonly dryRun?: boolean
}

/** `cairn wallet bump`: BIP125, a payment of our own again with a higher fee in the place of the pending one. */
export async function bump(txid: string, options: BumpOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const feeRate = givenFeeRate(options)
  if (feeRate === undefined) throw new UsageError('--fee-rate says how much the payment is to pay now')
  if (!/^[0-9a-f]{64}$/i.test(txid)) throw new UsageError(`${JSON.stringify(txid)} is no transaction id`)
  const connection = await connectToNetwork(options, context, config)
  const stored = await loadWallet(options.from ?? DEFAULT_WALLET, config, context)
  const { transaction, fee } = await pendingPayment(txid, connection)
  const coins = await coinsFor(txid, stored, connection, context)
  const isInput = ({ outPoint }: OwnedCoin): boolean =>
    transaction.inputs.some(({ prevout }) => prevout.txid === outPoint.txid && prevout.vout === outPoint.vout)
  const spent = coins.filter(isInput)
  const account = stored.wallet.account(spent[0]?.owner.account)
  await refuseDescendants(transaction, connection, context)

  const own = transaction.outputs.map(({ scriptPubKey }) => account.find({ scriptPubKey }))
  const change = own.find((address) => address?.branch === 'change')
  const spare = coins.filter((coin) => !isInput(coin) && coin.owner.account === account.number)
  const plan = account.planReplacement({ transaction, fee, feeRate, spent, change, coins: spare })
  const sender = { stored, account }
  const to = recipientsOf(plan, config.network.prefix)
  if (options.dryRun) {
    context.terminal.note('Nothing is sent: this is what it would be.')
    return printPayment({ plan, to, sender, txid: null }, options, context)
  }
  const replacement = await signAndSubmit(plan, sender, connection.client, options, context)
  printPayment({ plan, to, sender, txid: replacement }, options, context)
}

async function pendingPayment(
  txid: string,
  { client }: Connection,
): Promise<{ readonly transaction: Transaction; readonly fee: number }> {
  const { status, hex, fee } = await client.transaction(txid)
  if (status !== 'pending' || fee === null)
    throw new CairnError('payment-confirmed', `the payment ${txid} is in a block: its fee cannot change`, {
      txid,
    })
  const bytes = fromHex(hex)
  const decoded = bytes && decodeTransaction(bytes)
  if (decoded?.ok !== true || decoded.value.txid !== txid.toLowerCase())
    throw new CairnError('answer-wrong', 'the node answered with another transaction than was asked for')
  return { transaction: decoded.value, fee }
}

/** Coins of all accounts, with those that the payment spends. */
async function coinsFor(
  txid: string,
  { wallet, save }: StoredWallet,
  { client, config }: Connection,
  context: CommandContext,
): Promise<OwnedCoin[]> {
  const { prefix } = config.network
  const source = createCoinSource(client, prefix, noteIncomplete(context), txid.toLowerCase())
  const coins: OwnedCoin[] = []
  for (const account of wallet.accounts) coins.push(...(await account.scan(source)))
  await save()
  return coins
}

/** What builds on a payment goes when it is replaced. */
async function refuseDescendants(
  { txid, outputs }: Transaction,
  { client, config }: Connection,
  context: CommandContext,
): Promise<void> {
  const { prefix } = config.network
  const addresses = new Set(outputs.map(({ scriptPubKey }) => encodeAddress(scriptPubKey, prefix)))
  addresses.delete(undefined)
  const coins = await coinsOfAddresses(client, [...addresses] as string[], prefix, noteIncomplete(context))
  const spender = coins.find(({ outPoint, spentBy }) => outPoint.txid === txid && spentBy !== null)?.spentBy
  if (spender !== undefined)
    throw new CairnError(
      'payment-spent',
      `another pending payment, ${spender}, spends an output of this one and would go with it: bump that one, its fee counts for both`,
      { txid, spender },
    )
}

/** Everyone but ourselves. */
const recipientsOf = ({ outputs, change }: PaymentPlan, prefix: string): Recipient[] =>
  outputs
    .filter(({ scriptPubKey }) => scriptPubKey !== change?.address.scriptPubKey)
    .map(({ value, scriptPubKey }) => {
      const address = encodeAddress(scriptPubKey, prefix)
      invariant(address, 'a payment of a wallet goes to addresses')
      return { address, value }
    })
