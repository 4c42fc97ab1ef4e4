import { errorCode } from '../base/errors.ts'
import { isBuiltInNetwork } from '../consensus/networks.ts'
import type { NodeConfig } from '../node/config.ts'
import type { Logger } from '../ports/logger.ts'
import type { CommandContext } from './context.ts'
import { givenPassphrase, type PassphraseOptions } from './passphrase.ts'
import { DEFAULT_WALLET, loadWallet, makeWallet, type StoredWallet } from './wallets.ts'

/**
 * The configuration with the data directory's default wallet as whom to pay, where it mines and names nobody. The
 * wallet is made on first use; the log says where it is and how to back it up, never its words.
 */
export async function withPayout(
  config: NodeConfig,
  options: PassphraseOptions,
  context: Pick<CommandContext, 'machine' | 'clock' | 'random' | 'scryptCost'>,
  logger: Logger,
): Promise<NodeConfig> {
  const { mining, network, dataDirectory } = config
  if (!mining.enabled || mining.payout !== undefined) return config
  const { stored, made } = await defaultWallet(config, options, context)
  const { address, scriptPubKey } = stored.wallet.account().currentAddress()
  await stored.save()
  const networkFlag = isBuiltInNetwork(network.name) ? network.name : `<file of ${network.name}>`
  logger.info(made ? 'default wallet made, mining pays to it' : 'mining pays to the default wallet', {
    wallet: stored.path,
    address,
    backup: `cairn wallet export ${DEFAULT_WALLET} --network ${networkFlag} --data-dir ${dataDirectory}`,
  })
  return { ...config, mining: { ...mining, payout: { address, scriptPubKey } } }
}

async function defaultWallet(
  config: NodeConfig,
  options: PassphraseOptions,
  context: Pick<CommandContext, 'machine' | 'clock' | 'random' | 'scryptCost'>,
): Promise<{ stored: StoredWallet; made: boolean }> {
  try {
    return { stored: await loadWallet(DEFAULT_WALLET, config, context), made: false }
  } catch (error) {
    if (errorCode(error) !== 'wallet-not-found') throw error
  }
  const passphrase = (await givenPassphrase(options, context.machine)) ?? ''
  const { mnemonic: _secret, ...stored } = await makeWallet(
    { name: DEFAULT_WALLET, passphrase },
    config,
    context,
  )
  return { stored, made: true }
}
