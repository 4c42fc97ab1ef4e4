import { toHex } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import type { Cancellable } from '../ports/transport.ts'
import { outPointKey } from '../primitives/outpoint.ts'
import { type AddressBook, BRANCHES, type Branch, MAX_ADDRESSES, type WalletAddress } from './account.ts'
import type { CoinSource, OwnedCoin } from './coins.ts'

/** BIP44: how many unused addresses in a row end the search for used ones, unless the wallet says otherwise. */
export const GAP_LIMIT = 20
/** A larger one asks the node for more than a wallet can have use for. */
export const MAX_GAP_LIMIT = 10_000

/** One number for each of the two branches. */
export type BranchCounts = Readonly<Record<Branch, number>>

export interface ScanResult {
  readonly coins: readonly OwnedCoin[]
  /** for each branch, one more than the highest index on which a coin lies; 0 where there is none */
  readonly used: BranchCounts
}

/** How far a scan has come. */
export interface ScanProgress {
  /** addresses that were asked about */
  readonly addresses: number
  /** of those that will be as far as is known now: it grows where coins turn up */
  readonly total: number
  readonly coins: number
}

export interface ScanOptions extends Cancellable {
  readonly onProgress?: (progress: ScanProgress) => void
}

/** Addresses in one question of a scan that tells how far it is. */
const ADDRESSES_PER_STEP = 1_000

class Scan {
  readonly #book: AddressBook
  readonly #gapLimit: number
  readonly #source: CoinSource
  readonly #options: ScanOptions
  readonly found = new Map<string, OwnedCoin>()
  #asked = 0
  /** of the branches that are still to come */
  #ahead: number

  constructor(
    book: AddressBook,
    next: BranchCounts,
    gapLimit: number,
    source: CoinSource,
    options: ScanOptions,
  ) {
    this.#book = book
    this.#gapLimit = gapLimit
    this.#source = source
    this.#options = options
    this.#ahead = BRANCHES.reduce((sum, branch) => sum + this.#end(next[branch]), 0)
  }

  #end(known: number): number {
    return Math.min(known + this.#gapLimit, MAX_ADDRESSES)
  }

  async branch(branch: Branch, next: number): Promise<number> {
    let [asked, used] = [0, 0]
    let end = this.#end(next)
    this.#ahead -= end
    while (asked < end) {
      const owners = new Map<string, WalletAddress>()
      const stepEnd = Math.min(end, asked + ADDRESSES_PER_STEP)
      this.#asked += stepEnd - asked
      for (; asked < stepEnd; asked++) {
        const address = this.#book.address(asked, branch)
        owners.set(toHex(address.scriptPubKey), address)
      }
      used = Math.max(used, await this.#ask(owners))
      end = Math.max(end, this.#end(used))
      this.#options.onProgress?.({
        addresses: this.#asked,
        total: this.#asked + (end - asked) + this.#ahead,
        coins: this.found.size,
      })
    }
    return used
  }

  async #ask(owners: ReadonlyMap<string, WalletAddress>): Promise<number> {
    this.#options.signal?.throwIfAborted()
    const scripts = [...owners.values()].map(({ scriptPubKey }) => scriptPubKey)
    let used = 0
    for (const coin of await this.#source(scripts, this.#options)) {
      const owner = owners.get(toHex(coin.coin.scriptPubKey))
      const key = outPointKey(coin.outPoint)
      if (owner === undefined)
        throw new CairnError('coin-source-wrong', 'the node answered with a coin that was not asked for', {
          outPoint: key,
        })
      this.found.set(key, { ...coin, owner })
      used = Math.max(used, owner.index + 1)
    }
    return used
  }
}

/**
 * Asks for the coins of every address that was handed out and of the next ones up to the gap limit on each branch, and
 * further as long as coins turn up (BIP44's discovery, but by unspent coins: an address that was emptied does not count
 * as used).
 * @throws CairnError `coin-source-wrong`; whatever the source rejects with
 */
export async function scanCoins(
  book: AddressBook,
  next: BranchCounts,
  gapLimit: number,
  source: CoinSource,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const scan = new Scan(book, next, gapLimit, source, options)
  const used = { receive: 0, change: 0 }
  for (const branch of BRANCHES) used[branch] = await scan.branch(branch, next[branch])
  return { coins: [...scan.found.values()], used }
}
