import { CairnError, invariant } from '../base/errors.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Random } from '../ports/random.ts'
import { type AccountKeys, accountPath, deriveAccount, MAX_ACCOUNTS, type WalletAddress } from './account.ts'
import { type Curve, NOBLE_CURVE } from './curve.ts'
import type { Keystore } from './keystore.ts'
import { mnemonicOfEntropy, type WalletSecret } from './mnemonic.ts'
import { type Payment, signPayment } from './payment.ts'
import type { PaymentPlan, PaymentRequest } from './payment-plan.ts'
import { MAX_GAP_LIMIT } from './scan.ts'
import { openSecret } from './seal.ts'
import { createWalletAccount, type WalletAccount } from './wallet-account.ts'

/** The network that a wallet belongs to. */
export type WalletNetwork = Pick<NetworkParameters, 'name' | 'prefix'> & {
  readonly genesis: Pick<NetworkParameters['genesis'], 'hash'>
}

export interface WalletDependencies {
  readonly random: Random
  /** the platform's; `NOBLE_CURVE` unless told */
  readonly curve?: Curve
}

/** A wallet without its passphrase: addresses, coins and balance. */
export interface Wallet {
  /** Unix time in seconds */
  readonly createdAt: number
  /** there are no keys in it: it cannot sign */
  readonly watchOnly: boolean
  readonly accounts: readonly WalletAccount[]
  /** BIP44: how many unused addresses in a row end the search for used ones. Setting it throws `gap-limit-out-of-range`. */
  gapLimit: number
  /** @throws CairnError `account-not-found` */
  account(number?: number): WalletAccount
  /** the file's contents as of now */
  keystore(): Keystore
  /** @throws CairnError `wallet-watch-only`, `wallet-passphrase-wrong`, `wallet-file-changed` */
  unlock(passphrase: string): Promise<UnlockedWallet>
}

/** A wallet with its keys in memory, until `lock`. */
export interface UnlockedWallet {
  /** the words to write down */
  mnemonic(): string
  /** whether the words alone bring the wallet back, or only with the passphrase that BIP39 adds to them */
  readonly needsBip39Passphrase: boolean
  /** Adds the next account (BIP84); save the keystore afterwards. @throws CairnError `account-limit` */
  newAccount(): WalletAccount
  /** Plans a payment from the account and signs it (see `planPayment` for the errors). */
  pay(request: PaymentRequest, account?: number): Payment
  sign(plan: PaymentPlan): Payment
  /** A copy of the 32-byte private key of an address, for signers of scripts: wipe it after use. */
  privateKey(address: WalletAddress): Uint8Array
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
  { random, curve = NOBLE_CURVE }: WalletDependencies,
): Wallet {
  const { genesis, name, prefix } = keystore.network
  if (genesis !== network.genesis.hash || prefix !== network.prefix)
    throw new CairnError('wallet-of-other-network', `the wallet belongs to ${name}, not to ${network.name}`, {
      wallet: { name, genesis },
      network: { name: network.name, genesis: network.genesis.hash },
    })
  let { gapLimit } = keystore
  const context = { prefix, curve, random, gapLimit: () => gapLimit }
  const accounts = keystore.accounts.map((state, number) => createWalletAccount(number, state, context))

  const wallet: Wallet = {
    createdAt: keystore.createdAt,
    watchOnly: keystore.secret === null,
    accounts,
    get gapLimit() {
      return gapLimit
    },
    set gapLimit(limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_GAP_LIMIT)
        throw new CairnError('gap-limit-out-of-range', `a gap limit is from 1 to ${MAX_GAP_LIMIT}`, { limit })
      gapLimit = limit
    },
    account(number = 0) {
      const found = accounts[number]
      if (found !== undefined) return found
      const last = accounts.length - 1
      throw new CairnError(
        'account-not-found',
        `the wallet has no account ${number}: its accounts are ${last === 0 ? '0 alone' : `0 to ${last}`}`,
        { account: number, accounts: accounts.length },
      )
    },
    keystore: () => ({ ...keystore, gapLimit, accounts: accounts.map((account) => account.state()) }),
    async unlock(passphrase) {
      if (keystore.secret === null)
        throw new CairnError(
          'wallet-watch-only',
          'the wallet only watches, it has no keys: make a PSBT, for the wallet that has them to sign',
        )
      const secret = await openSecret(keystore, keystore.secret, passphrase)
      return createUnlocked(secret)
    },
  }

  /** Whoever can write the file could put in an account of theirs: each has to follow from the secret. */
  function keysOf(account: WalletAccount, secret: WalletSecret): AccountKeys {
    const keys = deriveAccount(secret, accountPath(name, account.number), curve)
    const { path, xpub, fingerprint } = account.key
    if (keys.key.xpub === xpub && keys.key.path === path && keys.key.fingerprint === fingerprint) return keys
    throw new CairnError(
      'wallet-file-changed',
      `account ${account.number} of the wallet file is not the one that its words lead to: its addresses belong to someone else`,
      { account: account.number },
    )
  }

  function createUnlocked(secret: WalletSecret): UnlockedWallet {
    const keys = accounts.map((account) => keysOf(account, secret))
    let locked = false
    const ensureUnlocked = (): void => {
      if (locked) throw new CairnError('wallet-locked', 'the wallet was locked again')
    }
    const privateKey = ({ account, index, branch }: WalletAddress): Uint8Array => {
      ensureUnlocked()
      const own = keys[account]
      invariant(own, 'every account has its keys')
      return own.privateKey(index, branch)
    }
    const unlocked: UnlockedWallet = {
      mnemonic() {
        ensureUnlocked()
        return mnemonicOfEntropy(secret.entropy)
      },
      needsBip39Passphrase: secret.bip39Passphrase !== '',
      newAccount() {
        ensureUnlocked()
        const number = accounts.length
        if (number >= MAX_ACCOUNTS)
          throw new CairnError('account-limit', `a wallet has at most ${MAX_ACCOUNTS} accounts`)
        const made = deriveAccount(secret, accountPath(name, number), curve)
        const account = createWalletAccount(number, { ...made.key, ...UNUSED }, context)
        keys.push(made)
        accounts.push(account)
        return account
      },
      pay: (request, account) => {
        ensureUnlocked()
        return unlocked.sign(wallet.account(account).plan(request))
      },
      sign: (plan) => signPayment(plan, privateKey, curve),
      privateKey,
      lock() {
        locked = true
        secret.entropy.fill(0)
        for (const each of keys) each.wipe()
      },
    }
    return unlocked
  }
  return wallet
}

/** The counters of an account that nobody knows yet. */
export const UNUSED = { next: { receive: 0, change: 0 }, used: { receive: 0, change: 0 } } as const
