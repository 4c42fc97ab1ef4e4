import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import type { NodeConfig } from '../node/config.ts'
import { openWalletCurve } from '../platform/node/wallet-curve.ts'
import { createWalletFiles } from '../platform/node/wallet-files.ts'
import { unixSeconds } from '../ports/clock.ts'
import type { AccountKey } from '../wallet/account-key.ts'
import type { Keystore } from '../wallet/keystore.ts'
import type { MnemonicLength } from '../wallet/mnemonic.ts'
import { createWallet, importWallet, watchWallet } from '../wallet/new-wallet.ts'
import type { WalletNotes } from '../wallet/notes.ts'
import type { ScryptCost } from '../wallet/seal.ts'
import { openWallet, type Wallet, type WalletDependencies } from '../wallet/wallet.ts'
import type { CommandContext } from './context.ts'

/** The wallet that commands and the miner use unless told otherwise. */
export const DEFAULT_WALLET = 'default'

type WalletContext = Pick<CommandContext, 'clock' | 'random' | 'scryptCost'>

const dependenciesOf = async ({ random }: Pick<WalletContext, 'random'>): Promise<WalletDependencies> => ({
  random,
  curve: await openWalletCurve(),
})

/** A wallet together with its file. */
export interface StoredWallet {
  readonly name: string
  readonly path: string
  readonly wallet: Wallet
  /** Writes what has changed: address counters, accounts, the gap limit. */
  save(): Promise<void>
  /** its labels and payments, as they stand in their file */
  notes(): Promise<WalletNotes>
  saveNotes(notes: WalletNotes): Promise<void>
}

function stored(name: string, wallet: Wallet, { dataDirectory }: NodeConfig): StoredWallet {
  const files = createWalletFiles(dataDirectory)
  let saved: Keystore = wallet.keystore()
  return {
    name,
    path: files.path(name),
    wallet,
    async save() {
      const now = wallet.keystore()
      if (JSON.stringify(now) === JSON.stringify(saved)) return
      await files.save(name, now)
      saved = now
    },
    notes: () => files.loadNotes(name),
    saveNotes: (notes) => files.saveNotes(name, notes),
  }
}

/** @throws CairnError `wallet-not-found`, `wallet-of-other-network` or what is wrong with the file */
export async function loadWallet(
  name: string,
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet> {
  const keystore = await createWalletFiles(config.dataDirectory).load(name)
  return stored(name, openWallet(keystore, config.network, await dependenciesOf(context)), config)
}

/** A wallet, or why it cannot be opened. */
export type ListedWallet =
  | StoredWallet
  | { readonly name: string; readonly path: string; readonly problem: string }

/** All wallets of the data directory, by name. */
export async function listWallets(config: NodeConfig, context: WalletContext): Promise<ListedWallet[]> {
  const files = createWalletFiles(config.dataDirectory)
  const names = await files.list()
  return Promise.all(
    names.map(async (name) => {
      try {
        return await loadWallet(name, config, context)
      } catch (error) {
        if (errorCode(error)?.startsWith('wallet-') !== true) throw error
        return { name, path: files.path(name), problem: errorMessage(error) }
      }
    }),
  )
}

/** Those of them that can be used on this network. */
export const loadWallets = async (config: NodeConfig, context: WalletContext): Promise<StoredWallet[]> =>
  (await listWallets(config, context)).filter((listed) => 'wallet' in listed)

/** An empty passphrase has a cost of its own, since nobody has to guess it. */
const costOf = (passphrase: string, { scryptCost }: WalletContext): { readonly cost?: ScryptCost } =>
  scryptCost === undefined || passphrase === '' ? {} : { cost: scryptCost }

export interface NewWallet {
  readonly name: string
  /** empty for none */
  readonly passphrase: string
  readonly bip39Passphrase?: string
  readonly gapLimit?: number
}

/** Before anyone is asked for a passphrase in vain. @throws CairnError `wallet-exists` */
export async function ensureNew(name: string, { dataDirectory }: NodeConfig): Promise<void> {
  const files = createWalletFiles(dataDirectory)
  const path = files.path(name)
  if ((await files.list()).includes(name))
    throw new CairnError('wallet-exists', `there is a wallet named ${name} already: ${path}`, { name, path })
}

/** Makes a wallet and its file; nothing is overwritten. @throws CairnError `wallet-exists` */
export async function makeWallet(
  { name, ...options }: NewWallet & { readonly words?: MnemonicLength },
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet & { readonly mnemonic: string }> {
  const made = {
    ...options,
    ...costOf(options.passphrase, context),
    network: config.network,
    createdAt: unixSeconds(context.clock),
  }
  const { wallet, mnemonic } = await createWallet(made, await dependenciesOf(context))
  return { ...(await storeNew(name, wallet, config)), mnemonic }
}

/** Makes a wallet of words that exist already. @throws CairnError `wallet-exists`, `mnemonic-invalid` */
export async function restoreWallet(
  { name, ...options }: NewWallet & { readonly mnemonic: string },
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet> {
  const made = {
    ...options,
    ...costOf(options.passphrase, context),
    network: config.network,
    createdAt: unixSeconds(context.clock),
  }
  return storeNew(name, await importWallet(made, await dependenciesOf(context)), config)
}

/** Makes a wallet that only watches. @throws CairnError `wallet-exists` */
export async function makeWatchWallet(
  { name, ...options }: { readonly name: string; readonly key: AccountKey; readonly gapLimit?: number },
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet> {
  const made = { ...options, network: config.network, createdAt: unixSeconds(context.clock) }
  return storeNew(name, watchWallet(made, await dependenciesOf(context)), config)
}

/** The first address counts as handed out: it is shown at once. */
async function storeNew(name: string, wallet: Wallet, config: NodeConfig): Promise<StoredWallet> {
  wallet.account().nextReceiveAddress()
  await createWalletFiles(config.dataDirectory).create(name, wallet.keystore())
  return stored(name, wallet, config)
}

/** Where a wallet of the data directory is to be paid. @throws CairnError `wallet-not-found` */
export async function payoutAddress(
  name: string,
  config: NodeConfig,
  context: WalletContext,
): Promise<string> {
  const { wallet, save } = await loadWallet(name, config, context)
  const { address } = wallet.account().currentAddress()
  await save()
  return address
}
