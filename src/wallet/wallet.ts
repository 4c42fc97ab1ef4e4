import { CairnError, invariant } from '../base/errors.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Random } from '../ports/random.ts'
import type { Cancellable } from '../ports/transport.ts'
import {
  type AccountInfo,
  type AccountKeys,
  accountPath,
  type Branch,
  createAddressBook,
  deriveAccount,
  type WalletAddress,
} from './account.ts'
import type { CoinSource, OwnedCoin } from './coins.ts'
import type { Keystore, KeystoreHeader } from './keystore.ts'
import { createEntropy, entropyOfMnemonic, type MnemonicLength, mnemonicOfEntropy } from './mnemonic.ts'
import { buildPayment, type Payment, type PaymentRequest } from './payment.ts'
import { type BranchCounts, GAP_LIMIT, scanCoins } from './scan.ts'
import { EMPTY_PASSPHRASE_COST, openEntropy, type ScryptCost, STANDARD_COST, sealEntropy } from './seal.ts'

/** The network that a wallet belongs to. */
export type WalletNetwork = Pick<NetworkParameters, 'name' | 'prefix'> & {
  readonly genesis: Pick<NetworkParameters['genesis'], 'hash'>
}

export interface NewWalletOptions {
  readonly network: WalletNetwork
  /** may be empty: then whoever reads the file owns the coins */
  readonly passphrase: string
  /** Unix time in seconds */
  readonly createdAt: number
  /** what guessing the passphrase costs; the standard cost unless told */
  readonly cost?: ScryptCost
}

export interface WalletDependencies {
  readonly random: Random
}

/** An address to hand out. */
export interface ReceiveAddress extends WalletAddress {
  /** it lies so far beyond the last one that was paid that a wallet restored from the words would not look for it */
  readonly beyondGap: boolean
}

/**
 * A wallet without its passphrase: addresses, coins and balance. Its state is the address counters, so save
 * `keystore()` after `nextReceiveAddress`, `scan` and `pay`.
 */
export interface Wallet {
  readonly account: AccountInfo
  /** Unix time in seconds */
  readonly createdAt: number
  /** the file's contents as of now */
  keystore(): Keystore
  address(index: number, branch?: Branch): WalletAddress
  /** Hands out a new receive address. */
  nextReceiveAddress(): ReceiveAddress
  /** All coins of the wallet; see `balanceOf`. Addresses on which coins turn up are not handed out again. */
  scan(source: CoinSource, options?: Cancellable): Promise<readonly OwnedCoin[]>
  /** @throws CairnError `wallet-passphrase-wrong` */
  unlock(passphrase: string): Promise<UnlockedWallet>
}

/** A wallet with its keys in memory, until `lock`. */
export interface UnlockedWallet {
  /** the words to write down: all that it takes to have the wallet back */
  mnemonic(): string
  /** Builds and signs a payment (see `buildPayment` for the errors); where it makes change, the next one uses a new address. */
  pay(request: PaymentRequest): Payment
  /** Forgets the keys; afterwards the other methods throw `wallet-locked`. */
  lock(): void
}

/**
 * Opens a keystore for use on a network.
 * @throws CairnError `wallet-of-other-network`
 */
export function openWallet(
  keystore: Keystore,
  network: WalletNetwork,
  { random }: WalletDependencies,
): Wallet {
  const { genesis, name, prefix } = keystore.network
  if (genesis !== network.genesis.hash || prefix !== network.prefix)
    throw new CairnError('wallet-of-other-network', `the wallet belongs to ${name}, not to ${network.name}`, {
      wallet: { name, genesis },
      network: { name: network.name, genesis: network.genesis.hash },
    })
  const book = createAddressBook(keystore.account.xpub, prefix)
  const next = { ...keystore.next }
  const used = { ...keystore.used }

  function sawUse(seen: BranchCounts): void {
    for (const branch of ['receive', 'change'] as const) {
      used[branch] = Math.max(used[branch], seen[branch])
      next[branch] = Math.max(next[branch], seen[branch])
    }
  }

  function unlocked(entropy: Uint8Array, keys: AccountKeys): UnlockedWallet {
    let locked = false
    const ensureUnlocked = (): void => {
      if (locked) throw new CairnError('wallet-locked', 'the wallet was locked again')
    }
    return {
      mnemonic() {
        ensureUnlocked()
        return mnemonicOfEntropy(entropy)
      },
      pay(request) {
        ensureUnlocked()
        const changeAddress = book.address(next.change, 'change')
        const payment = buildPayment(request, prefix, changeAddress, keys, random)
        if (payment.change !== undefined) next.change += 1
        return payment
      },
      lock() {
        locked = true
        entropy.fill(0)
        keys.wipe()
      },
    }
  }

  return {
    account: keystore.account,
    createdAt: keystore.createdAt,
    keystore: () => ({ ...keystore, next: { ...next }, used: { ...used } }),
    address: (index, branch = 'receive') => book.address(index, branch),
    nextReceiveAddress() {
      const address = book.address(next.receive, 'receive')
      next.receive += 1
      return { ...address, beyondGap: address.index >= used.receive + GAP_LIMIT }
    },
    async scan(source, options) {
      const result = await scanCoins(book, next, source, options)
      sawUse(result.used)
      return result.coins
    },
    async unlock(passphrase) {
      const entropy = await openEntropy(keystore, passphrase)
      const keys = deriveAccount(entropy, keystore.account.path)
      invariant(keys.info.xpub === keystore.account.xpub, "the wallet's secret leads to its account")
      return unlocked(entropy, keys)
    },
  }
}

async function sealWallet(
  entropy: Uint8Array,
  options: NewWalletOptions,
  dependencies: WalletDependencies,
): Promise<Wallet> {
  const { network, passphrase, createdAt } = options
  const keys = deriveAccount(entropy, accountPath(network.name))
  keys.wipe()
  const header: KeystoreHeader = {
    format: 'cairn-wallet',
    version: 1,
    network: { name: network.name, prefix: network.prefix, genesis: network.genesis.hash },
    account: keys.info,
    createdAt,
  }
  const cost = options.cost ?? (passphrase === '' ? EMPTY_PASSPHRASE_COST : STANDARD_COST)
  const secret = await sealEntropy(entropy, passphrase, header, cost, dependencies.random)
  const none = { receive: 0, change: 0 }
  return openWallet({ ...header, next: none, used: none, secret }, network, dependencies)
}

/** Makes a new wallet. The words are for its owner to write down, and are not kept in the clear. */
export async function createWallet(
  options: NewWalletOptions & { readonly words?: MnemonicLength },
  dependencies: WalletDependencies,
): Promise<{ wallet: Wallet; mnemonic: string }> {
  const entropy = createEntropy(dependencies.random, options.words ?? 12)
  const mnemonic = mnemonicOfEntropy(entropy)
  const wallet = await sealWallet(entropy, options, dependencies)
  entropy.fill(0)
  return { wallet, mnemonic }
}

/**
 * Makes a wallet from words that exist already; `scan` finds its coins.
 * @throws CairnError `mnemonic-invalid`
 */
export async function importWallet(
  options: NewWalletOptions & { readonly mnemonic: string },
  dependencies: WalletDependencies,
): Promise<Wallet> {
  const entropy = entropyOfMnemonic(options.mnemonic)
  const wallet = await sealWallet(entropy, options, dependencies)
  entropy.fill(0)
  return wallet
}
