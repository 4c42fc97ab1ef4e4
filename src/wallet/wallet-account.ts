import { toHex } from '../base/bytes.ts'
import type { Random } from '../ports/random.ts'
import { BRANCHES, type Branch, createAddressBook, type WalletAddress } from './account.ts'
import type { AccountKey } from './account-key.ts'
import type { CoinSource, OwnedCoin } from './coins.ts'
import type { Curve } from './curve.ts'
import type { KeystoreAccount } from './keystore.ts'
import {
  type PaymentPlan,
  type PaymentRequest,
  planPayment,
  planSweep,
  type SweepPlan,
  type SweepRequest,
} from './payment-plan.ts'
import { planReplacement, type ReplacementRequest } from './replacement.ts'
import { type ScanOptions, scanCoins } from './scan.ts'

/** An address to hand out. */
export interface ReceiveAddress extends WalletAddress {
  /** it lies so far beyond the last one that was paid that a wallet restored from the words would not look for it */
  readonly beyondGap: boolean
}

/**
 * One account of a wallet, without its keys. Its state is the address counters: save the keystore after
 * `nextReceiveAddress`, `scan` and the plans.
 */
export interface WalletAccount {
  /** its number in the wallet, and in BIP84's path */
  readonly number: number
  readonly key: AccountKey
  /** as the file has it */
  state(): KeystoreAccount
  address(index: number, branch?: Branch): WalletAddress
  /** Hands out a new receive address. */
  nextReceiveAddress(): ReceiveAddress
  /** The last receive address that was handed out; the first where none was. */
  currentAddress(): WalletAddress
  /** The address with this public key or script, among those handed out and up to the gap limit beyond. */
  find(
    wanted: { readonly publicKey: Uint8Array } | { readonly scriptPubKey: Uint8Array },
  ): WalletAddress | undefined
  /** All coins of the account; see `balanceOf`. Addresses on which coins turn up are not handed out again. */
  scan(source: CoinSource, options?: ScanOptions): Promise<readonly OwnedCoin[]>
  /** See `planPayment`; where it makes change, the next plan uses a new address. */
  plan(request: PaymentRequest): PaymentPlan
  /** See `planSweep`. */
  planSweep(request: SweepRequest): SweepPlan
  /** See `planReplacement`. */
  planReplacement(request: ReplacementRequest): PaymentPlan
}

export interface AccountContext {
  readonly prefix: string
  readonly curve: Curve
  readonly random: Random
  gapLimit(): number
}

export function createWalletAccount(
  number: number,
  { path, xpub, fingerprint, ...counters }: KeystoreAccount,
  { prefix, curve, random, gapLimit }: AccountContext,
): WalletAccount {
  const key: AccountKey = { path, xpub, fingerprint }
  const book = createAddressBook(xpub, prefix, curve, number)
  const next = { ...counters.next }
  const used = { ...counters.used }
  /** addresses by the hex of script and key, up to the index of each branch that was looked at */
  const known = new Map<string, WalletAddress>()
  const indexed = { receive: 0, change: 0 }

  function index(): void {
    for (const branch of BRANCHES) {
      const end = next[branch] + gapLimit()
      for (; indexed[branch] < end; indexed[branch]++) {
        const address = book.address(indexed[branch], branch)
        known.set(toHex(address.scriptPubKey), address)
        known.set(toHex(address.publicKey), address)
      }
    }
  }

  function withChange<Plan extends PaymentPlan>(make: (changeAddress: WalletAddress) => Plan): Plan {
    const changeAddress = book.address(next.change, 'change')
    const plan = make(changeAddress)
    if (plan.change?.address === changeAddress) next.change += 1
    return plan
  }

  const account: WalletAccount = {
    number,
    key,
    state: () => ({ ...key, next: { ...next }, used: { ...used } }),
    address: (at, branch = 'receive') => book.address(at, branch),
    nextReceiveAddress() {
      const address = book.address(next.receive, 'receive')
      next.receive += 1
      return { ...address, beyondGap: address.index >= used.receive + gapLimit() }
    },
    currentAddress: () =>
      next.receive === 0 ? account.nextReceiveAddress() : book.address(next.receive - 1, 'receive'),
    find(wanted) {
      index()
      return known.get(toHex('publicKey' in wanted ? wanted.publicKey : wanted.scriptPubKey))
    },
    async scan(source, options) {
      const result = await scanCoins(book, next, gapLimit(), source, options)
      for (const branch of BRANCHES) {
        used[branch] = Math.max(used[branch], result.used[branch])
        next[branch] = Math.max(next[branch], result.used[branch])
      }
      return result.coins
    },
    plan: (request) => withChange((changeAddress) => planPayment(request, { prefix, changeAddress, random })),
    planSweep: (request) => planSweep(request, { prefix }),
    planReplacement: (request) => withChange((changeAddress) => planReplacement(request, { changeAddress })),
  }
  return account
}
