import { toHex } from '../../base/bytes.ts'
import { CairnError } from '../../base/errors.ts'
import { openWalletCurve } from '../../platform/node/wallet-curve.ts'
import { formatCoins } from '../../primitives/money.ts'
import { encodeAddress } from '../../script/address.ts'
import type { Contract } from '../../wallet/contracts/contract.ts'
import { type ContractPath, spendContract } from '../../wallet/contracts/contract-spend.ts'
import { describeLock } from '../../wallet/contracts/time-lock.ts'
import { scriptOf } from '../../wallet/payment-plan.ts'
import { coinsOfAddresses, type PlacedView } from '../coin-source.ts'
import { type Connection, configOf, connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext, NodeOptions } from '../context.ts'
import { contractFacts, scriptOption } from '../contract-options.ts'
import { type FeeOptions, feeOption, feeRateOf } from '../fee-choice.ts'
import { ownAddress } from '../own-keys.ts'
import { type PassphraseOptions, unlockWallet } from '../passphrase.ts'
import { addressOption } from '../recipients.ts'
import { printFacts, printJson } from '../table.ts'
import { noteIncomplete } from '../wallet-scan.ts'
import { DEFAULT_WALLET, loadWallet } from '../wallets.ts'

/** What a new contract is shown with; `more` are facts of its kind. */
export function printContract(
  contract: Contract,
  prefix: string,
  { json }: Pick<NodeOptions, 'json'>,
  { terminal }: CommandContext,
  more: Readonly<Record<string, string | number>> = {},
): void {
  const { address, script, descriptor } = contractFacts(contract, prefix)
  const facts = { kind: contract.kind, address, script: toHex(script), descriptor, ...more }
  if (json) {
    const lock = contract.kind === 'multisig' ? {} : { lock: contract.lock }
    printJson(terminal, { ...facts, ...lock })
    return
  }
  const from = contract.kind === 'multisig' ? undefined : describeLock(contract.lock)
  printFacts(terminal, { ...facts, [contract.kind === 'htlc' ? 'refund' : 'spendable']: from })
}

/** Confirmed and pending coins on a contract that nothing spends yet, and those that something pending spends. */
export async function coinsOnContract(
  contract: Contract,
  { client, config }: Connection,
  context: CommandContext,
): Promise<{ readonly address: string; readonly coins: readonly PlacedView[] }> {
  const { prefix } = config.network
  const { address } = contractFacts(contract, prefix)
  return { address, coins: await coinsOfAddresses(client, [address], prefix, noteIncomplete(context)) }
}

export interface ScriptOptions extends ApiOptions {
  readonly script: string
}

/** `cairn <kind> show`: what a contract says, and what lies on it. */
export async function showContract(
  kind: Contract['kind'],
  options: ScriptOptions,
  context: CommandContext,
): Promise<void> {
  const contract = scriptOption(options.script, kind)
  const connection = await connectToNetwork(options, context)
  const { coins } = await coinsOnContract(contract, connection, context)
  const free = coins.filter(({ spentBy }) => spentBy === null)
  const sum = (status: string): number =>
    free.filter((coin) => coin.status === status).reduce((total, { coin }) => total + coin.value, 0)
  const { prefix } = connection.config.network
  if (options.json)
    return printContract(contract, prefix, options, context, {
      confirmed: sum('confirmed'),
      pending: sum('pending'),
    })
  printContract(contract, prefix, options, context, {
    confirmed: formatCoins(sum('confirmed')),
    pending: formatCoins(sum('pending')),
  })
}

export interface SpendOptions extends ScriptOptions, PassphraseOptions, FeeOptions {
  /** the wallet that has the key */
  readonly from?: string
  /** whom to pay; a new address of the wallet unless told */
  readonly to?: string
}

/** Spends all coins of a contract on one path, with a key of the wallet. */
export async function spendOnPath(
  path: ContractPath,
  options: SpendOptions,
  context: CommandContext,
): Promise<void> {
  const config = await configOf(options, context)
  const { prefix } = config.network
  const { to } = options
  if (to !== undefined) addressOption('--to', to, prefix)
  const choice = feeOption(options)
  const connection = await connectToNetwork(options, context, config)
  const feeRate = await feeRateOf(choice, connection.client, context)
  const name = options.from ?? DEFAULT_WALLET
  const { wallet, save } = await loadWallet(name, config, context)
  const signer = ownAddress(wallet, name, path.publicKey)
  const { coins } = await coinsOnContract(path.contract, connection, context)
  const spendable = coins.filter(({ spentBy, status }) => spentBy === null && status === 'confirmed')
  if (spendable.length === 0) throw emptyContract(coins)
  await refuseTooEarly(path, connection)

  const unlocked = await unlockWallet(wallet, name, options, context)
  const key = unlocked.privateKey(signer)
  try {
    const target =
      to === undefined
        ? wallet.account(signer.account).nextReceiveAddress().scriptPubKey
        : scriptOf(to, prefix)
    const request = { path, coins: spendable, to: target, feeRate }
    const { transaction, fee, value } = spendContract(request, key, await openWalletCurve())
    await save()
    const { txid } = await connection.client.submit(toHex(transaction.bytes))
    const paid = encodeAddress(target, prefix)!
    if (options.json) return printJson(context.terminal, { txid, to: paid, amount: value, fee })
    printFacts(context.terminal, { txid, to: paid, amount: formatCoins(value), fee: formatCoins(fee) })
  } finally {
    key.fill(0)
    unlocked.lock()
  }
}

function emptyContract(coins: readonly PlacedView[]): CairnError {
  const spender = coins.find(({ spentBy }) => spentBy !== null)?.spentBy
  if (spender !== undefined && spender !== null)
    return new CairnError('contract-spent', `the pending transaction ${spender} spends the contract`, {
      spender,
    })
  if (coins.length > 0)
    return new CairnError('contract-pending', 'what was paid into the contract is not in a block yet')
  return new CairnError('contract-empty', 'nothing lies on the contract: it was not paid, or is spent')
}

/** A sentence of our own where the node would only say that the transaction is not final. */
async function refuseTooEarly({ lock }: ContractPath, { client }: Connection): Promise<void> {
  if (lock?.kind !== 'height') return
  const { tip } = await client.status()
  if (tip.height < lock.value)
    throw new CairnError(
      'contract-locked',
      `the contract is locked: it can be spent ${describeLock(lock)}, and the last block is ${tip.height}`,
      { lock, height: tip.height },
    )
}
