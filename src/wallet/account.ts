import { HDKey } from '@scure/bip32'
import { invariant } from '../base/errors.ts'
import { hash160 } from '../primitives/hash.ts'
import { encodeAddress } from '../script/address.ts'
import { p2wpkhScript } from '../script/templates.ts'
import { type AccountKey, fingerprintText } from './account-key.ts'
import { childPrivateKey, createChildPublicKeys } from './child-keys.ts'
import type { Curve } from './curve.ts'
import { seedOf, type WalletSecret } from './mnemonic.ts'

/** BIP44: addresses to hand out (its external chain), and those that change comes back to (its internal one). */
export type Branch = 'receive' | 'change'

export const BRANCHES: readonly Branch[] = ['receive', 'change']
export const BRANCH_NUMBER: Readonly<Record<Branch, number>> = { receive: 0, change: 1 }

/** How many addresses a branch has, so that a wallet file with a wild counter cannot keep us deriving for ever. */
export const MAX_ADDRESSES = 1_000_000

/** How many accounts a wallet has at most. */
export const MAX_ACCOUNTS = 100

/** Cairn has no number in SLIP-44; this one is free there and spells the prefix `crn`. */
const MAIN_COIN_TYPE = 0x63_72_6e
/** SLIP-44: any coin's test network. */
const TEST_COIN_TYPE = 1

/** BIP84: an account. The main network has its own coin type, every other one shares that of test networks. */
export const accountPath = (network: string, account = 0): string =>
  `m/84'/${network === 'main' ? MAIN_COIN_TYPE : TEST_COIN_TYPE}'/${account}'`

/** One of the wallet's own addresses. */
export interface WalletAddress {
  /** the account's number in the wallet */
  readonly account: number
  readonly branch: Branch
  readonly index: number
  /** bech32 with the network's prefix */
  readonly address: string
  /** P2WPKH */
  readonly scriptPubKey: Uint8Array
  /** compressed */
  readonly publicKey: Uint8Array
}

/** The private side of an account; `wipe` it after use. */
export interface AccountKeys {
  readonly key: AccountKey
  /** the 32-byte private key of an address, a copy to be wiped */
  privateKey(index: number, branch: Branch): Uint8Array
  wipe(): void
}

/** BIP84: the keys of the account at `path` from the words and their passphrase. */
export function deriveAccount(secret: WalletSecret, path: string, curve: Curve): AccountKeys {
  const seed = seedOf(secret)
  const master = HDKey.fromMasterSeed(seed)
  seed.fill(0)
  const account = master.derive(path)
  const branches = { receive: account.deriveChild(0), change: account.deriveChild(1) }
  const key: AccountKey = {
    path,
    xpub: account.publicExtendedKey,
    fingerprint: fingerprintText(master.fingerprint),
  }
  master.wipePrivateData()
  return {
    key,
    privateKey: (index, branch) => childPrivateKey(branches[branch], index, curve),
    wipe() {
      for (const each of [account, branches.receive, branches.change]) each.wipePrivateData()
    },
  }
}

/** The addresses of an account, each derived once and remembered. */
export interface AddressBook {
  address(index: number, branch: Branch): WalletAddress
}

/** @throws Error where `xpub` is no BIP32 extended public key */
export function createAddressBook(xpub: string, prefix: string, curve: Curve, account = 0): AddressBook {
  const parent = HDKey.fromExtendedKey(xpub)
  const publicKeys = {
    receive: createChildPublicKeys(parent.deriveChild(BRANCH_NUMBER.receive), curve),
    change: createChildPublicKeys(parent.deriveChild(BRANCH_NUMBER.change), curve),
  }
  const known = { receive: new Map<number, WalletAddress>(), change: new Map<number, WalletAddress>() }
  return {
    address(index, branch) {
      if (!Number.isInteger(index) || index < 0 || index >= MAX_ADDRESSES)
        throw new RangeError(`index ${index} is not from 0 to ${MAX_ADDRESSES - 1}`)
      const before = known[branch].get(index)
      if (before !== undefined) return before
      const publicKey = publicKeys[branch](index)
      const scriptPubKey = p2wpkhScript(hash160(publicKey))
      let text: string | undefined
      const made: WalletAddress = {
        account,
        branch,
        index,
        // Most addresses of a large wallet are only looked up by their script.
        get address() {
          text ??= encodeAddress(scriptPubKey, prefix)
          invariant(text, 'every P2WPKH script has an address')
          return text
        },
        scriptPubKey,
        publicKey,
      }
      known[branch].set(index, made)
      return made
    },
  }
}
