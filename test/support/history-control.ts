import { writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import type { ChainView } from '../../src/ports/chain.ts'
import { createBranchHistory, HISTORY_SCRIPTS, type Offer, replayControl } from './branch-history.ts'
import type { StoredHistory } from './kill-rounds.ts'

/** A history, and what a chain that never failed says after each of its offers. */
export interface HistoryControl {
  readonly offers: readonly Offer[]
  /** Stores the history for a victim. */
  write(path: string): Promise<void>
  /**
   * The chain has taken every offer up to some number and none after it, at least as many as it has told of, and says
   * what the control says after so many.
   * @returns that number
   */
  expectState(chain: ChainView, acknowledged: number, where?: string): Promise<number>
  /** Bodies and both indexes say what the history says. */
  expectIndexes(chain: ChainView): Promise<void>
}

/** @param forks - how often the history forks; see `createBranchHistory` */
export async function createControl(forks: number): Promise<HistoryControl> {
  const offers = createBranchHistory(forks)
  const states = await replayControl(offers)

  function takenBy(chain: ChainView): number {
    const known = offers.map(({ block }) => chain.hasBody(block.hash) || chain.isPruned(block.hash))
    const taken = known.indexOf(false)
    if (taken < 0) return known.length
    expect(known.indexOf(true, taken), 'a block is there and one before it is not').toBe(-1)
    return taken
  }

  return {
    offers,
    write(path) {
      const stored: StoredHistory = offers.map(({ block, reorganises }) => ({
        hex: toHex(block.bytes),
        reorganises,
      }))
      return writeFile(path, JSON.stringify(stored))
    },

    async expectState(chain, acknowledged, where) {
      const taken = takenBy(chain)
      expect(taken, where).toBeGreaterThanOrEqual(acknowledged)
      const state = { tip: chain.tip().hash, coins: await chain.coinStatistics() }
      expect(state, where).toEqual(states[taken])
      return taken
    },

    async expectIndexes(chain) {
      const taken = offers.slice(0, takenBy(chain))
      for (const { block } of taken) {
        if (chain.hasBody(block.hash)) expect(await chain.blockBytes(block.hash)).toEqual(block.bytes)
        for (const { txid } of block.transactions) {
          const place = taken.find((offer) => chain.isConnected(offer.block.hash) && holds(offer, txid))
          expect(await chain.transactionBlock(txid)).toBe(place?.block.hash)
        }
      }
      const { count, total } = await chain.coinStatistics()
      const coins = (await Promise.all(HISTORY_SCRIPTS.map((script) => chain.coinsOfScript(script)))).flat()
      const sum = coins.reduce((value, { coin }) => value + coin.value, 0)
      expect({ count: coins.length, total: sum }).toEqual({ count, total })
    },
  }
}

const holds = ({ block }: Offer, txid: string): boolean =>
  block.transactions.some((transaction) => transaction.txid === txid)
