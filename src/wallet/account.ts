import { HDKey } from '@scure/bip32'
import { invariant } from '../base/errors.ts'
import { hash160 } from '../primitives/hash.ts'
import { encodeAddress } from '../script/address.ts'
import { p2wpkhScript } from '../script/templates.ts'
import { seedOfEntropy } from './mnemonic.ts'

/** BIP44: addresses to hand out (its external chain), and those that change comes back to (its internal one). */
export type Branch = 'receive' | 'change'

export const BRANCHES: readonly Branch[] = ['receive', 'change']
const BRANCH_NUMBER: Readonly<Record<Branch, number>> = { receive: 0, change: 1 }

/** How many addresses a branch has, so that a wallet file with a wild counter cannot keep us deriving for ever. */
export const MAX_ADDRESSES = 1_000_000

/** Cairn has no number in SLIP-44; this one is free there and spells the prefix `crn`. */
const MAIN_COIN_TYPE = 0x63_72_6e
/** SLIP-44: any coin's test network. */
const TEST_COIN_TYPE = 1

/** BIP84: the first account. The main network has its own coin type, every other one shares that of test networks. */
export const accountPath = (network: string): string =>
  `m/84'/${network === 'main' ? MAIN_COIN_TYPE : TEST_COIN_TYPE}'/0'`

/** What may be known of an account without a passphrase. */
export interface AccountInfo {
  /** BIP84, `m/84'/<coin type>'/0'` */
  readonly path: string
  /** the account's extended public key in BIP32's own encoding (`xpub`, whichever the network) */
  readonly xpub: string
  /** BIP32 fingerprint of the master key, 8 hex digits, as output descriptors write it */
  readonly fingerprint: string
}

/** One of the wallet's own addresses. */
export interface WalletAddress {
  readonly branch: Branch
  readonly index: number
  /** bech32 with the network's prefix */
  readonly address: string
  /** P2WPKH */
  readonly scriptPubKey: Uint8Array
}

/** The private side of an account; `wipe` it after use. */
export interface AccountKeys {
  readonly info: AccountInfo
  /** the 32-byte private key of an address */
  privateKey(index: number, branch: Branch): Uint8Array
  wipe(): void
}

/** BIP84: the keys of the account at `path` from BIP39 entropy. */
export function deriveAccount(entropy: Uint8Array, path: string): AccountKeys {
  const seed = seedOfEntropy(entropy)
  const master = HDKey.fromMasterSeed(seed)
  seed.fill(0)
  const account = master.derive(path)
  const branches = { receive: account.deriveChild(0), change: account.deriveChild(1) }
  const info: AccountInfo = {
    path,
    xpub: account.publicExtendedKey,
    fingerprint: master.fingerprint.toString(16).padStart(8, '0'),
  }
  master.wipePrivateData()
  return {
    info,
    privateKey(index, branch) {
      const key = branches[branch].deriveChild(index).privateKey
      invariant(key, 'the account was not wiped')
      return key
    },
    wipe() {
      for (const key of [account, branches.receive, branches.change]) key.wipePrivateData()
    },
  }
}

/** The addresses of an account, each derived once and remembered. */
export interface AddressBook {
  address(index: number, branch: Branch): WalletAddress
}

/** @throws Error where `xpub` is no BIP32 extended public key */
export function createAddressBook(xpub: string, prefix: string): AddressBook {
  const account = HDKey.fromExtendedKey(xpub)
  const parents = new Map(
    BRANCHES.map((branch) => [branch, account.deriveChild(BRANCH_NUMBER[branch])] as const),
  )
  const known = { receive: new Map<number, WalletAddress>(), change: new Map<number, WalletAddress>() }
  return {
    address(index, branch) {
      if (!Number.isInteger(index) || index < 0 || index >= MAX_ADDRESSES)
        throw new RangeError(`index ${index} is not from 0 to ${MAX_ADDRESSES - 1}`)
      const before = known[branch].get(index)
      if (before !== undefined) return before
      const publicKey = parents.get(branch)?.deriveChild(index).publicKey
      invariant(publicKey, 'a derived key has a public half')
      const scriptPubKey = p2wpkhScript(hash160(publicKey))
      const address = encodeAddress(scriptPubKey, prefix)
      invariant(address, 'every P2WPKH script has an address')
      const made: WalletAddress = { branch, index, address, scriptPubKey }
      known[branch].set(index, made)
      return made
    },
  }
}
