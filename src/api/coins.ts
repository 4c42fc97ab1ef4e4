import { toHex } from '../base/bytes.ts'
import type { ChainView, PlacedCoin } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Mempool, MempoolEntry } from '../ports/mempool.ts'
import { type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import { MAX_COINS } from './limits.ts'
import type { CoinsView, CoinView } from './schemas.ts'
import { blockRef } from './views.ts'

/** Pending transactions looked at before others get their turn. */
const SCAN_STEP = 2_000

/** How often the question is asked again because a block came in between. */
const MAX_ATTEMPTS = 3

export interface CoinsDependencies {
  readonly chain: ChainView
  readonly mempool: Mempool
  readonly clock: Clock
}

/** Addresses asked for, by the hex of their script. */
export type WantedScripts = ReadonlyMap<
  string,
  { readonly address: string; readonly scriptPubKey: Uint8Array }
>

/**
 * The coins of some addresses: those of the best chain, with the pending transaction that spends each, and those that
 * pending transactions make. Together at most `MAX_COINS`.
 */
export async function findCoins(
  dependencies: CoinsDependencies,
  wanted: WantedScripts,
  signal: AbortSignal,
): Promise<CoinsView> {
  const { chain, mempool } = dependencies
  for (let attempt = 1; ; attempt++) {
    const tip = chain.tip()
    const placed = await confirmedCoins(chain, wanted, signal)
    if (chain.tip().hash !== tip.hash && attempt < MAX_ATTEMPTS) continue

    // From here to the list of entries nothing is awaited: chain and mempool are seen at one moment.
    const coins = new Map<OutPointKey, CoinView>()
    for (const [address, found] of placed) {
      for (const { outPoint, coin } of found) {
        const immature = coin.coinbase && tip.height + 1 - coin.height < chain.parameters.maturity
        coins.set(outPointKey(outPoint), {
          ...outPoint,
          value: coin.value,
          address,
          height: coin.height,
          coinbase: coin.coinbase,
          confirmations: Math.max(0, tip.height - coin.height + 1),
          status: immature ? 'immature' : 'confirmed',
          spentBy: mempool.spenderOf(outPoint)?.transaction.txid ?? null,
        })
      }
    }
    await addPending(dependencies, mempool.entries(), wanted, coins, signal)
    const all = [...coins.values()]
    return { tip: blockRef(tip), coins: all.slice(0, MAX_COINS), complete: all.length <= MAX_COINS }
  }
}

/** By address; one coin more than an answer can hold is enough to know that it is not complete. */
async function confirmedCoins(
  chain: ChainView,
  wanted: WantedScripts,
  signal: AbortSignal,
): Promise<[address: string, coins: PlacedCoin[]][]> {
  const found: [string, PlacedCoin[]][] = []
  let room = MAX_COINS + 1
  for (const { address, scriptPubKey } of wanted.values()) {
    signal.throwIfAborted()
    if (room === 0) break
    const coins = await chain.coinsOfScript(scriptPubKey, room)
    room -= coins.length
    found.push([address, coins])
  }
  return found
}

async function addPending(
  { mempool, clock }: CoinsDependencies,
  entries: readonly MempoolEntry[],
  wanted: WantedScripts,
  coins: Map<OutPointKey, CoinView>,
  signal: AbortSignal,
): Promise<void> {
  for (const [at, { transaction }] of entries.entries()) {
    if (coins.size > MAX_COINS) return
    if (at > 0 && at % SCAN_STEP === 0) await clock.sleep(0, signal)
    for (const [vout, { value, scriptPubKey }] of transaction.outputs.entries()) {
      const address = wanted.get(toHex(scriptPubKey))?.address
      if (address === undefined) continue
      const outPoint = { txid: transaction.txid, vout }
      const key = outPointKey(outPoint)
      // A transaction whose block has just been connected may not have left the mempool yet.
      if (coins.has(key)) continue
      coins.set(key, {
        ...outPoint,
        value,
        address,
        height: null,
        coinbase: false,
        confirmations: 0,
        status: 'pending',
        spentBy: mempool.spenderOf(outPoint)?.transaction.txid ?? null,
      })
    }
  }
}
