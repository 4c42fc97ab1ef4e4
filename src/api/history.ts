import type { ScriptEvent, TransactionPlace } from '../ports/chain.ts'
import type { Txid } from '../primitives/hash.ts'
import type { HistoryView } from './address-schemas.ts'
import { type CoinsDependencies, findCoins, type WantedScripts } from './coins.ts'
import { MAX_LISTED_EVENTS } from './limits.ts'
import { blockRef } from './views.ts'

export interface HistoryPage {
  /** where the page before ended */
  readonly before: TransactionPlace | undefined
  readonly limit: number
}

const isLater = (a: TransactionPlace, b: TransactionPlace): number =>
  b.height - a.height || b.position - a.position

/** What happened to some addresses together, the latest first; what a transaction moves between them is one event. */
export async function findHistory(
  dependencies: CoinsDependencies,
  wanted: WantedScripts,
  { before, limit }: HistoryPage,
  signal: AbortSignal,
): Promise<HistoryView> {
  const { chain } = dependencies
  // First: what is mined while the chain is read is then told of twice rather than not at all.
  const pending = before === undefined ? await findPending(dependencies, wanted, signal) : []
  const tip = chain.tip()
  const events = new Map<Txid, ScriptEvent>()
  for (const { scriptPubKey } of wanted.values()) {
    signal.throwIfAborted()
    // One more than the page holds tells whether there is another.
    const query = { limit: limit + 1, ...(before === undefined ? {} : { before }) }
    for (const event of await chain.scriptHistory(scriptPubKey, query)) {
      const known = events.get(event.txid)
      const received = event.received + (known?.received ?? 0)
      events.set(event.txid, { ...event, received, sent: event.sent + (known?.sent ?? 0) })
    }
    // The others are on later pages.
    if (events.size > 2 * limit) keepLatest(events, limit + 1)
  }
  keepLatest(events, limit + 1)
  const found = [...events.values()]
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return {
    tip: blockRef(tip),
    pending: pending.filter(({ txid }) => !events.has(txid as Txid)),
    events: page.map(({ txid, block, height, position, received, sent }) => ({
      txid,
      received,
      sent,
      block: { hash: block, height },
      position,
      time: chain.entry(block)?.header.time ?? 0,
      confirmations: Math.max(1, tip.height - height + 1),
    })),
    next: last === undefined ? null : `${last.height}-${last.position}`,
  }
}

/** Leaves the latest `count`, in order. */
function keepLatest(events: Map<Txid, ScriptEvent>, count: number): void {
  const latest = [...events].sort(([, a], [, b]) => isLater(a, b)).slice(0, count)
  events.clear()
  for (const [txid, event] of latest) events.set(txid, event)
}

/** What pending transactions do to the addresses follows from the coins that they make and spend. */
async function findPending(
  dependencies: CoinsDependencies,
  wanted: WantedScripts,
  signal: AbortSignal,
): Promise<HistoryView['pending']> {
  const { mempool } = dependencies
  const moved = new Map<string, { received: number; sent: number }>()
  const add = (txid: string, received: number, sent: number): void => {
    const before = moved.get(txid)
    moved.set(txid, { received: received + (before?.received ?? 0), sent: sent + (before?.sent ?? 0) })
  }
  for (const { txid, value, status, spentBy } of (await findCoins(dependencies, wanted, signal)).coins) {
    if (status === 'pending') add(txid, value, 0)
    if (spentBy !== null) add(spentBy, 0, value)
  }
  return [...moved]
    .flatMap(([txid, movement]) => {
      const entry = mempool.get(txid as Txid)
      return entry === undefined ? [] : [{ txid, ...movement, fee: entry.fee, addedAtMs: entry.addedAt }]
    })
    .sort((a, b) => b.addedAtMs - a.addedAtMs)
    .slice(0, MAX_LISTED_EVENTS)
}
