import { toHex } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import type { Cancellable } from '../ports/transport.ts'
import { outPointKey } from '../primitives/outpoint.ts'
import { type AddressBook, BRANCHES, type Branch, MAX_ADDRESSES, type WalletAddress } from './account.ts'
import type { CoinSource, OwnedCoin } from './coins.ts'

/** BIP44: how many unused addresses in a row end the search for used ones. */
export const GAP_LIMIT = 20

/** One number for each of the two branches. */
export type BranchCounts = Readonly<Record<Branch, number>>

export interface ScanResult {
  readonly coins: readonly OwnedCoin[]
  /** for each branch, one more than the highest index on which a coin lies; 0 where there is none */
  readonly used: BranchCounts
}

async function scanBranch(
  book: AddressBook,
  branch: Branch,
  next: number,
  source: CoinSource,
  options: Cancellable | undefined,
  found: Map<string, OwnedCoin>,
): Promise<number> {
  let asked = 0
  let used = 0
  let end = Math.min(next + GAP_LIMIT, MAX_ADDRESSES)
  while (asked < end) {
    const owners = new Map<string, WalletAddress>()
    for (; asked < end; asked++) {
      const address = book.address(asked, branch)
      owners.set(toHex(address.scriptPubKey), address)
    }
    options?.signal?.throwIfAborted()
    const scripts = [...owners.values()].map(({ scriptPubKey }) => scriptPubKey)
    for (const coin of await source(scripts, options)) {
      const owner = owners.get(toHex(coin.coin.scriptPubKey))
      if (owner === undefined)
        throw new CairnError('coin-source-wrong', 'the node answered with a coin that was not asked for', {
          outPoint: outPointKey(coin.outPoint),
        })
      found.set(outPointKey(coin.outPoint), { ...coin, owner })
      used = Math.max(used, owner.index + 1)
    }
    end = Math.max(end, Math.min(used + GAP_LIMIT, MAX_ADDRESSES))
  }
  return used
}

/**
 * Asks for the coins of every address that was handed out and of the next 20 on each branch, and further as long as
 * coins turn up (BIP44's discovery, but by unspent coins: an address that was emptied does not count as used).
 * @throws CairnError `coin-source-wrong`; whatever the source rejects with
 */
export async function scanCoins(
  book: AddressBook,
  next: BranchCounts,
  source: CoinSource,
  options?: Cancellable,
): Promise<ScanResult> {
  const found = new Map<string, OwnedCoin>()
  const used = { receive: 0, change: 0 }
  for (const branch of BRANCHES)
    used[branch] = await scanBranch(book, branch, next[branch], source, options, found)
  return { coins: [...found.values()], used }
}
