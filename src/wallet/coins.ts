import { invariant } from '../base/errors.ts'
import type { PlacedCoin } from '../ports/chain.ts'
import type { Cancellable } from '../ports/transport.ts'
import { sumMoney } from '../primitives/money.ts'
import type { WalletAddress } from './account.ts'

/**
 * `confirmed`: in the best chain and spendable in the next block. `immature`: a coinbase that is not yet. `pending`:
 * made by a transaction in the mempool.
 */
export type CoinStatus = 'confirmed' | 'immature' | 'pending'

export interface WalletCoin extends PlacedCoin {
  readonly status: CoinStatus
}

/**
 * Where a wallet's coins come from: the node, in-process or over its API. Answers with every coin of the scripts that
 * no transaction spends, neither in the best chain nor in the mempool.
 */
export type CoinSource = (
  scripts: readonly Uint8Array[],
  options?: Cancellable,
) => Promise<readonly WalletCoin[]>

/** A coin together with the address of ours that it is on. */
export interface OwnedCoin extends WalletCoin {
  readonly owner: WalletAddress
}

/** Sums in base units. */
export interface Balance {
  readonly confirmed: number
  readonly immature: number
  readonly pending: number
  /** what a payment can use now: confirmed, and pending change of our own */
  readonly spendable: number
  /** confirmed, immature and pending */
  readonly total: number
}

/**
 * Change that waits in the mempool comes from a payment of our own, since only we know its address until then; a
 * pending payment by others waits for its block.
 */
export const isOwnPendingChange = (coin: OwnedCoin): boolean =>
  coin.status === 'pending' && coin.owner.branch === 'change'

export const isSpendable = (coin: OwnedCoin): boolean =>
  coin.status === 'confirmed' || isOwnPendingChange(coin)

/** The sum of the coins' values in base units. */
export function sumCoins(coins: readonly OwnedCoin[]): number {
  const sum = sumMoney(coins.map(({ coin }) => coin.value))
  invariant(sum !== undefined, 'coins that exist together add up to money')
  return sum
}

export function balanceOf(coins: readonly OwnedCoin[]): Balance {
  const of = (status: CoinStatus): number => sumCoins(coins.filter((coin) => coin.status === status))
  return {
    confirmed: of('confirmed'),
    immature: of('immature'),
    pending: of('pending'),
    spendable: sumCoins(coins.filter(isSpendable)),
    total: sumCoins(coins),
  }
}
