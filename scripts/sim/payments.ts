import type { Txid } from '../../src/primitives/hash.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { pay, type TestKey } from '../../test/support/key.ts'
import type { Chance } from './chance.ts'
import type { OwnedCoin } from './history.ts'

/** Base units a payment leaves to the miner: about 141 virtual bytes at 1 to 5 units each. */
const FEES = [150, 700] as const
/** A coin is spent once it is so old, in virtual milliseconds: mostly confirmed, and known to every node. */
const COIN_AGE_MS = 60_000

/** A signed payment, and the way to take its coin back where no node took it. */
export interface Payment {
  readonly transaction: Transaction
  undo(): void
}

/** Payments between keys, each of a coin that nothing else spends. */
export interface Payments {
  /** undefined where no coin is old enough */
  make(): Payment | undefined
  /** txids in the order in which they were made */
  readonly made: readonly Txid[]
}

/** @param now - virtual milliseconds */
export function createPayments(
  coins: readonly OwnedCoin[],
  keys: readonly TestKey[],
  now: () => number,
  chance: Chance,
): Payments {
  const waiting = coins.map((coin) => ({ coin, from: Number.NEGATIVE_INFINITY }))
  const made: Txid[] = []
  return {
    made,
    make() {
      const oldest = waiting[0]
      if (oldest === undefined || now() - oldest.from < COIN_AGE_MS) return undefined
      waiting.shift()
      const { outPoint, value, key } = oldest.coin
      const fee = Math.floor(chance.between(...FEES))
      const payee = chance.pick(keys)
      const amount = Math.floor((value - fee) * chance.between(0.2, 0.8))
      const outputs = [
        { value: amount, key: payee },
        { value: value - fee - amount, key },
      ]
      const transaction = pay(
        [{ outPoint, coin: { value }, key }],
        outputs.map(({ value: paid, key: { scriptPubKey } }) => ({ value: paid, scriptPubKey })),
      )
      made.push(transaction.txid)
      const change = outputs.map((output, vout) => ({
        coin: { ...output, outPoint: { txid: transaction.txid, vout } },
        from: now(),
      }))
      waiting.push(...change)
      return {
        transaction,
        undo() {
          for (const each of change) waiting.splice(waiting.indexOf(each), 1)
          waiting.unshift(oldest)
        },
      }
    },
  }
}
