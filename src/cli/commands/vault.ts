import type { Vault } from '../../wallet/contracts/contract.ts'
import { vaultPath } from '../../wallet/contracts/contract-spend.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { type LockOptions, lockOption, publicKeyOption, scriptOption } from '../contract-options.ts'
import { DEFAULT_WALLET, loadWallet } from '../wallets.ts'
import { printContract, type SpendOptions, spendOnPath } from './contracts.ts'

export interface CreateOptions extends NodeOptions, LockOptions {
  readonly key?: string
  readonly from?: string
}

/** The key that was given, or a new one of the wallet. */
export async function keyOrNew(
  option: string,
  given: string | undefined,
  options: NodeOptions & { readonly from?: string },
  context: CommandContext,
): Promise<Uint8Array> {
  if (given !== undefined) return publicKeyOption(option, given)
  const config = await configOf(options, context)
  const { wallet, save } = await loadWallet(options.from ?? DEFAULT_WALLET, config, context)
  const { publicKey } = wallet.account().nextReceiveAddress()
  await save()
  return publicKey
}

/** `cairn vault create` */
export async function createVault(options: CreateOptions, context: CommandContext): Promise<void> {
  const lock = lockOption(options)
  const { network } = await configOf(options, context)
  const publicKey = await keyOrNew('--key', options.key, options, context)
  const contract: Vault = { kind: 'vault', publicKey, lock }
  printContract(contract, network.prefix, options, context)
}

/** `cairn vault spend` */
export const spendVault = (options: SpendOptions, context: CommandContext): Promise<void> =>
  spendOnPath(vaultPath(scriptOption(options.script, 'vault')), options, context)
