import { equalBytes } from '../../base/bytes.ts'
import type { CoinChanges } from '../../consensus/connect-block.ts'
import type { CoinLookup } from '../../consensus/connect-transaction.ts'
import type { Coin } from '../../primitives/coin.ts'
import { toHashId } from '../../primitives/hash.ts'
import { type OutPoint, outPointKey } from '../../primitives/outpoint.ts'
import type { RawOutPoint } from '../../storage/keyspace.ts'
import { CoinsTable, NO_RECORD } from '../coins-table.ts'
import type { Findings } from './findings.ts'

/** Of P2WSH; no spendable output has a longer one. */
const MAX_SCRIPT_BYTES = 34

const PRESENT = 1
const SEEN = 2

/** Coins as they should be, in flat memory: a hundred bytes each (coins-table.ts). */
export class CoinSet implements CoinLookup {
  readonly #table: CoinsTable

  /** @param salt - any 32 bits */
  constructor(salt: number) {
    this.#table = new CoinsTable(salt)
  }

  get size(): number {
    return this.#table.size
  }

  get(outPoint: OutPoint): Coin | undefined {
    const record = this.#table.find(outPoint)
    return record === NO_RECORD ? undefined : this.#table.coin(record)
  }

  /** Leaves out what is there already, and what is no coin of ours, so that it is told when coins are compared. */
  add(outPoint: OutPoint, coin: Coin): void {
    if (coin.scriptPubKey.length > MAX_SCRIPT_BYTES) return
    if (this.#table.find(outPoint) === NO_RECORD) this.#table.add(outPoint, coin, PRESENT)
  }

  /** Takes over what a block does that holds. */
  apply({ made, spent }: CoinChanges): void {
    spent.visit((_coin, outPoint) => {
      const record = this.#table.find(outPoint)
      if (record !== NO_RECORD) this.#table.remove(record)
    })
    made.visit((coin, outPoint) => void this.add(outPoint, coin))
  }

  /**
   * Holds a stored coin against the one that should be there.
   * @param coin - undefined where it is there and cannot be read, which has been told
   */
  compare(outPoint: OutPoint, coin: Coin | undefined, findings: Findings): void {
    const record = this.#table.find(outPoint)
    if (record === NO_RECORD) {
      if (coin !== undefined) findings.add('coin-unexpected', outPointKey(outPoint))
      return
    }
    this.#table.setFlags(record, PRESENT | SEEN)
    if (coin !== undefined && !isSameCoin(coin, this.#table.glance(record).coin))
      findings.add('coin-wrong', outPointKey(outPoint))
  }

  /** Tells of those that nobody has compared. */
  tellMissing(findings: Findings): void {
    for (let record = 0; record < this.#table.end; record++)
      if (this.#table.flags(record) === PRESENT)
        findings.add('coin-missing', outPointKey(outPointOf(this.#table.glance(record).outPoint)))
  }
}

export const outPointOf = ({ txid, vout }: RawOutPoint): OutPoint => ({ txid: toHashId(txid), vout })

export const isSameCoin = (a: Coin, b: Coin): boolean =>
  a.value === b.value &&
  a.height === b.height &&
  a.coinbase === b.coinbase &&
  equalBytes(a.scriptPubKey, b.scriptPubKey)
