import { toHex } from '../base/bytes.ts'
import type { ChainEntry, ChainView, PlacedCoin } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { ListedEntry, Mempool } from '../ports/mempool.ts'
import { type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import type { CoinCursor } from './coin-cursor.ts'
import { MAX_COINS } from './limits.ts'
import type { CoinView } from './schemas.ts'

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

export interface CoinsPage {
  /** the last coin of the page before */
  readonly after: CoinCursor | undefined
  readonly limit: number
}

export interface FoundCoins {
  readonly tip: ChainEntry
  readonly coins: readonly CoinView[]
  /** of the last one, where others follow */
  readonly next: CoinCursor | undefined
}

interface Found {
  readonly view: CoinView
  readonly cursor: CoinCursor
}

/**
 * The coins of some addresses: those of the best chain, address by address, with the pending transaction that spends
 * each, and then those that pending transactions make, in the order in which these came.
 */
export async function findCoins(
  dependencies: CoinsDependencies,
  wanted: WantedScripts,
  signal: AbortSignal,
  page: CoinsPage = { after: undefined, limit: MAX_COINS },
): Promise<FoundCoins> {
  const { chain, mempool } = dependencies
  for (let attempt = 1; ; attempt++) {
    const tip = chain.tip()
    const placed = await confirmedCoins(chain, wanted, page, signal)
    if (chain.tip().hash !== tip.hash && attempt < MAX_ATTEMPTS) continue

    // From here to the list of entries nothing is awaited: chain and mempool are seen at one moment.
    const found = new Map<OutPointKey, Found>()
    for (const { placed: coin, address, script } of placed)
      found.set(outPointKey(coin.outPoint), {
        view: confirmedView(dependencies, tip, coin, address),
        cursor: { kind: 'confirmed', script, outPoint: coin.outPoint },
      })
    if (found.size <= page.limit) {
      const from = page.after?.kind === 'pending' ? page.after.sequence - 1 : -1
      await addPending(dependencies, mempool.entriesAfter(from, mempool.size), wanted, page, found, signal)
    }
    const all = [...found.values()]
    return {
      tip,
      coins: all.slice(0, page.limit).map(({ view }) => view),
      next: all.length > page.limit ? all[page.limit - 1]!.cursor : undefined,
    }
  }
}

function confirmedView(
  { chain, mempool }: CoinsDependencies,
  tip: ChainEntry,
  { outPoint, coin }: PlacedCoin,
  address: string,
): CoinView {
  const immature = coin.coinbase && tip.height + 1 - coin.height < chain.parameters.maturity
  return {
    ...outPoint,
    value: coin.value,
    address,
    height: coin.height,
    coinbase: coin.coinbase,
    confirmations: Math.max(0, tip.height - coin.height + 1),
    status: immature ? 'immature' : 'confirmed',
    spentBy: mempool.spenderOf(outPoint)?.transaction.txid ?? null,
  }
}

interface AddressCoin {
  readonly placed: PlacedCoin
  readonly address: string
  /** of those asked for, from 0 */
  readonly script: number
}

/** One coin more than a page holds is enough to know that there is another page. */
async function confirmedCoins(
  chain: ChainView,
  wanted: WantedScripts,
  { after, limit }: CoinsPage,
  signal: AbortSignal,
): Promise<AddressCoin[]> {
  const found: AddressCoin[] = []
  if (after?.kind === 'pending') return found
  for (const [script, { address, scriptPubKey }] of [...wanted.values()].entries()) {
    if (after !== undefined && script < after.script) continue
    signal.throwIfAborted()
    const room = limit + 1 - found.length
    if (room === 0) break
    const start = script === after?.script ? after.outPoint : undefined
    for (const placed of await chain.coinsOfScript(scriptPubKey, room, start))
      found.push({ placed, address, script })
  }
  return found
}

async function addPending(
  { mempool, clock }: CoinsDependencies,
  entries: readonly ListedEntry[],
  wanted: WantedScripts,
  { after, limit }: CoinsPage,
  found: Map<OutPointKey, Found>,
  signal: AbortSignal,
): Promise<void> {
  for (const [at, { sequence, entry }] of entries.entries()) {
    if (at > 0 && at % SCAN_STEP === 0) await clock.sleep(0, signal)
    const { txid, outputs } = entry.transaction
    for (const [vout, { value, scriptPubKey }] of outputs.entries()) {
      if (found.size > limit) return
      if (after?.kind === 'pending' && sequence === after.sequence && vout <= after.vout) continue
      const address = wanted.get(toHex(scriptPubKey))?.address
      if (address === undefined) continue
      const outPoint = { txid, vout }
      const key = outPointKey(outPoint)
      // A transaction whose block has just been connected may not have left the mempool yet.
      if (found.has(key)) continue
      const spentBy = mempool.spenderOf(outPoint)?.transaction.txid ?? null
      found.set(key, {
        view: {
          ...outPoint,
          value,
          address,
          height: null,
          coinbase: false,
          confirmations: 0,
          status: 'pending',
          spentBy,
        },
        cursor: { kind: 'pending', sequence, vout },
      })
    }
  }
}
