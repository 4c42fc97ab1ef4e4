import { accountPath, deriveAccount } from './account.ts'
import type { AccountKey } from './account-key.ts'
import { NOBLE_CURVE } from './curve.ts'
import type { Keystore, KeystoreHeader } from './keystore.ts'
import {
  createEntropy,
  entropyOfMnemonic,
  type MnemonicLength,
  mnemonicOfEntropy,
  type WalletSecret,
} from './mnemonic.ts'
import { GAP_LIMIT } from './scan.ts'
import { EMPTY_PASSPHRASE_COST, type ScryptCost, STANDARD_COST, sealSecret } from './seal.ts'
import { openWallet, UNUSED, type Wallet, type WalletDependencies, type WalletNetwork } from './wallet.ts'

interface NewWalletOptions {
  readonly network: WalletNetwork
  /** Unix time in seconds */
  readonly createdAt: number
  /** `GAP_LIMIT` unless told */
  readonly gapLimit?: number
}

/** How a new wallet's secret is kept. */
export interface SealOptions extends NewWalletOptions {
  /** may be empty: then whoever reads the file owns the coins */
  readonly passphrase: string
  /** BIP39's own passphrase, the 25th word: without it the words lead to another wallet. None unless told. */
  readonly bip39Passphrase?: string
  /** what guessing the passphrase costs; the standard cost unless told */
  readonly cost?: ScryptCost
}

const headerOf = ({ network, createdAt }: NewWalletOptions): KeystoreHeader => ({
  format: 'cairn-wallet',
  version: 2,
  network: { name: network.name, prefix: network.prefix, genesis: network.genesis.hash },
  createdAt,
})

function open(
  options: NewWalletOptions,
  key: AccountKey,
  secret: Keystore['secret'],
  dependencies: WalletDependencies,
): Wallet {
  const accounts = [{ ...key, ...UNUSED }]
  const keystore = { ...headerOf(options), gapLimit: GAP_LIMIT, accounts, secret }
  const wallet = openWallet(keystore, options.network, dependencies)
  if (options.gapLimit !== undefined) wallet.gapLimit = options.gapLimit
  return wallet
}

async function sealWallet(
  secret: WalletSecret,
  options: SealOptions,
  dependencies: WalletDependencies,
): Promise<Wallet> {
  const { network, passphrase } = options
  const keys = deriveAccount(secret, accountPath(network.name), dependencies.curve ?? NOBLE_CURVE)
  keys.wipe()
  const cost = options.cost ?? (passphrase === '' ? EMPTY_PASSPHRASE_COST : STANDARD_COST)
  const sealed = await sealSecret(secret, passphrase, headerOf(options), cost, dependencies.random)
  return open(options, keys.key, sealed, dependencies)
}

/**
 * Makes a new wallet. The words are for its owner to write down, and are not kept in the clear.
 * @throws CairnError `bip39-passphrase-too-long`, `gap-limit-out-of-range`
 */
export async function createWallet(
  options: SealOptions & { readonly words?: MnemonicLength },
  dependencies: WalletDependencies,
): Promise<{ wallet: Wallet; mnemonic: string }> {
  const entropy = createEntropy(dependencies.random, options.words ?? 12)
  const mnemonic = mnemonicOfEntropy(entropy)
  const secret = { entropy, bip39Passphrase: options.bip39Passphrase ?? '' }
  const wallet = await sealWallet(secret, options, dependencies)
  entropy.fill(0)
  return { wallet, mnemonic }
}

/**
 * Makes a wallet from words that exist already; `scan` finds its coins.
 * @throws CairnError `mnemonic-invalid`, `bip39-passphrase-too-long`, `gap-limit-out-of-range`
 */
export async function importWallet(
  options: SealOptions & { readonly mnemonic: string },
  dependencies: WalletDependencies,
): Promise<Wallet> {
  const entropy = entropyOfMnemonic(options.mnemonic)
  const secret = { entropy, bip39Passphrase: options.bip39Passphrase ?? '' }
  const wallet = await sealWallet(secret, options, dependencies)
  entropy.fill(0)
  return wallet
}

/** Makes a wallet without keys, which watches the account of a public key. @throws CairnError `gap-limit-out-of-range` */
export const watchWallet = (
  options: NewWalletOptions & { readonly key: AccountKey },
  dependencies: WalletDependencies,
): Wallet => open(options, options.key, null, dependencies)
