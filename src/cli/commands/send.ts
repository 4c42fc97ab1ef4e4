import { toHex } from '../../base/bytes.ts'
import { CairnError } from '../../base/errors.ts'
import type { NodeConfig } from '../../node/config.ts'
import { formatCoins, parseCoins } from '../../primitives/money.ts'
import { decodeAddress } from '../../script/address.ts'
import { BRANCHES } from '../../wallet/account.ts'
import { GAP_LIMIT } from '../../wallet/scan.ts'
import { configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { printFacts, printJson } from '../table.ts'
import { scanWallet } from '../wallet-scan.ts'
import { DEFAULT_WALLET, loadWallet, loadWallets, type StoredWallet } from '../wallets.ts'

export interface SendOptions extends ApiOptions, PassphraseOptions {
  readonly from?: string
  readonly to: string
  readonly amount: string
  readonly feeRate?: string
}

/** Base units per virtual byte: what nodes relay at least. */
const DEFAULT_FEE_RATE = '1'

/** `cairn send`: the keys never leave this process, the node only sees the signed transaction. */
export async function send(options: SendOptions, context: CommandContext): Promise<void> {
  const config = await configOf(options, context)
  const { to, value, feeRate } = requestOf(options, config)
  const { client } = await connectToNetwork(options, context, config)
  const { stored, address } = await senderOf(options.from ?? DEFAULT_WALLET, config, context)
  const coins = (await scanWallet(stored, client, config, context)).filter(
    ({ owner }) => address === undefined || owner.address === address,
  )
  const unlocked = await unlockWallet(stored.wallet, stored.name, options, context)
  try {
    const payment = unlocked.pay({ to: [{ address: to, value }], feeRate, coins })
    // Saved before the payment is known to anyone, so that its change address is not used again.
    await stored.save()
    const { txid } = await client.submit(toHex(payment.transaction.bytes))
    const change = payment.change?.value ?? 0
    if (options.json)
      return printJson(context.terminal, {
        txid,
        wallet: stored.name,
        to,
        amount: value,
        fee: payment.fee,
        change,
      })
    printFacts(context.terminal, {
      txid,
      from: `wallet ${stored.name}`,
      to,
      amount: formatCoins(value),
      fee: formatCoins(payment.fee),
      change: formatCoins(change),
    })
  } finally {
    unlocked.lock()
  }
}

function requestOf({ to, amount, feeRate: rate = DEFAULT_FEE_RATE }: SendOptions, { network }: NodeConfig) {
  const script = decodeAddress(to, network.prefix)
  if (!script.ok) throw new UsageError(`--to is ${JSON.stringify(to)}: ${script.error.message}`)
  const value = parseCoins(amount)
  if (value === undefined || value === 0)
    throw new UsageError(`--amount is ${JSON.stringify(amount)}, but has to be a number of coins such as 1.5`)
  const feeRate = /^\d{1,6}(?:\.\d{1,3})?$/.test(rate) ? Number(rate) : undefined
  if (feeRate === undefined)
    throw new UsageError(
      `--fee-rate is ${JSON.stringify(rate)}, but has to be a number of base units a virtual byte such as 2`,
    )
  return { to, value, feeRate }
}

/** The wallet that pays, and the one address of it whose coins are to be used where `from` is an address. */
async function senderOf(
  from: string,
  config: NodeConfig,
  context: CommandContext,
): Promise<{ stored: StoredWallet; address: string | undefined }> {
  if (!decodeAddress(from, config.network.prefix).ok)
    return { stored: await loadWallet(from, config, context), address: undefined }
  for (const stored of await loadWallets(config, context))
    if (owns(stored, from)) return { stored, address: from }
  throw new CairnError('address-not-ours', `no wallet in ${config.dataDirectory} has the address ${from}`, {
    address: from,
  })
}

function owns({ wallet }: StoredWallet, address: string): boolean {
  const { next } = wallet.keystore()
  return BRANCHES.some((branch) => {
    for (let index = 0; index < next[branch] + GAP_LIMIT; index++)
      if (wallet.address(index, branch).address === address) return true
    return false
  })
}
