import { CairnError } from '../base/errors.ts'
import type { HistoryView } from '../client/views.ts'
import { outPointKey } from '../primitives/outpoint.ts'
import { BRANCHES } from '../wallet/account.ts'
import { type LostPayment, type LostStatus, lostPayments } from '../wallet/history.ts'
import type { WalletNotes } from '../wallet/notes.ts'
import type { WalletAccount } from '../wallet/wallet-account.ts'
import type { ApiClient } from './api-client.ts'
import { ADDRESSES_PER_QUESTION, coinsOfAddresses } from './coin-source.ts'

/** Events in one answer of the node; its limit. */
const EVENTS_PER_PAGE = 200
/** Times of blocks and of this machine differ: seconds. */
const TIME_SLACK = 24 * 3_600
/** A reorganisation of so many blocks does not happen: the maturity of coinbases. */
const SETTLED_CONFIRMATIONS = 100
/** Addresses with a label that are asked for one by one. */
const MAX_NAMED_ADDRESSES = 100
/** How often the chain may move while it is read. */
const MAX_ATTEMPTS = 5

/** A transaction that moved the wallet's coins, or was to. Amounts are base units, times Unix seconds. */
export interface HistoryEntry {
  readonly txid: string
  readonly status: 'pending' | 'confirmed' | LostStatus
  /** what came in less what went out, the fee included */
  readonly net: number
  /** of payments of this wallet, and of what is pending; null where it is not known */
  readonly fee: number | null
  readonly time: number
  readonly height: number | null
  readonly confirmations: number
  /** the transaction in the place of a lost one; null where it is not known */
  readonly by: string | null
}

/** What a transaction does to all addresses together. */
interface Movement {
  readonly received: number
  readonly sent: number
  readonly pending?: HistoryView['pending'][number]
  readonly event?: HistoryView['events'][number]
}

/** Every address that was handed out, and as many beyond as the gap limit says. */
function addressesOf(account: WalletAccount, gapLimit: number): string[] {
  const { next } = account.state()
  return BRANCHES.flatMap((branch) =>
    Array.from({ length: next[branch] + gapLimit }, (_, index) => account.address(index, branch).address),
  )
}

/** How far to look back: as many events as are wanted, and all since a time. */
interface Reach {
  readonly limit: number
  readonly since: number
}

/** Pages of the latest events of as many addresses as one question holds. */
async function* pagesOf(
  client: ApiClient,
  addresses: readonly string[],
  { limit, since }: Reach,
): AsyncGenerator<HistoryView, void, undefined> {
  let read = 0
  let before: string | null = null
  do {
    const page: HistoryView = await client.history({
      addresses,
      limit: EVENTS_PER_PAGE,
      ...(before === null ? {} : { before }),
    })
    yield page
    read += page.events.length
    const last = page.events.at(-1)
    before = read < limit || (last !== undefined && last.time >= since) ? page.next : null
  } while (before !== null)
}

/**
 * What happened to some addresses together, by transaction. One that is among the latest of all is among the latest of
 * each batch of addresses that it touches.
 * @throws CairnError `chain-moving`, or as the node refuses
 */
async function movementsOf(
  client: ApiClient,
  addresses: readonly string[],
  reach: Reach,
): Promise<Map<string, Movement>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const movements = new Map<string, Movement>()
    const tips = new Set<string>()
    const add = (
      { txid, received, sent }: HistoryView['pending'][number] | HistoryView['events'][number],
      as: Pick<Movement, 'pending' | 'event'>,
    ): void => {
      const before = movements.get(txid) ?? { received: 0, sent: 0 }
      movements.set(txid, {
        ...before,
        ...as,
        received: before.received + received,
        sent: before.sent + sent,
      })
    }
    for (let at = 0; at < addresses.length; at += ADDRESSES_PER_QUESTION)
      for await (const page of pagesOf(client, addresses.slice(at, at + ADDRESSES_PER_QUESTION), reach)) {
        tips.add(page.tip.hash)
        for (const pending of page.pending) add(pending, { pending })
        for (const event of page.events) add(event, { event })
      }
    if (tips.size <= 1) return movements
  }
  throw new CairnError('chain-moving', 'the chain moves faster than it can be read: try again')
}

function entryOf(txid: string, movement: Movement, fees: ReadonlyMap<string, number>): HistoryEntry {
  const { received, sent, pending, event } = movement
  return {
    txid,
    status: event === undefined ? 'pending' : 'confirmed',
    net: received - sent,
    fee: fees.get(txid) ?? pending?.fee ?? null,
    time: event?.time ?? Math.floor((pending?.addedAtMs ?? 0) / 1000),
    height: event?.block.height ?? null,
    confirmations: event?.confirmations ?? 0,
    by: null,
  }
}

const entryOfLost = ({ payment, status, by }: LostPayment): HistoryEntry => ({
  txid: payment.txid,
  status,
  net: -payment.amount - payment.fee,
  fee: payment.fee,
  time: payment.sentAt,
  height: null,
  confirmations: 0,
  by,
})

const isLater = (a: HistoryEntry, b: HistoryEntry): number =>
  Number(b.status === 'pending') - Number(a.status === 'pending') ||
  b.time - a.time ||
  (b.height ?? 0) - (a.height ?? 0)

export interface HistoryRequest {
  readonly accounts: readonly WalletAccount[]
  readonly gapLimit: number
  readonly prefix: string
  readonly notes: WalletNotes
  readonly limit: number
  readonly onIncomplete: (address: string) => void
}

export interface WalletHistory {
  /** the latest first, what is pending before all others */
  readonly entries: readonly HistoryEntry[]
  /** as they are to be kept: payments that are deep in the chain are not looked for again */
  readonly notes: WalletNotes
}

/** What happened to some accounts of a wallet, and what became of payments of which the node knows nothing any more. */
export async function readHistory(client: ApiClient, request: HistoryRequest): Promise<WalletHistory> {
  const { accounts, gapLimit, prefix, notes, limit, onIncomplete } = request
  const addresses = accounts.flatMap((account) => addressesOf(account, gapLimit))
  const numbers = new Set(accounts.map(({ number }) => number))
  const open = notes.sent.filter(({ account, settled }) => numbers.has(account) && !settled)
  const since = Math.min(...open.map(({ sentAt }) => sentAt)) - TIME_SLACK
  const movements = await movementsOf(client, addresses, { limit, since })

  const isMissing = open.some(({ txid }) => !movements.has(txid))
  const coins = isMissing ? await coinsOfAddresses(client, addresses, prefix, onIncomplete) : []
  const spenders = new Map<string, string | null>(
    coins.map(({ outPoint, spentBy }) => [outPointKey(outPoint), spentBy]),
  )
  const lost = lostPayments(open, {
    has: (txid) => movements.has(txid),
    spenderOf: (outPoint) => spenders.get(outPoint),
  })
  const fees = new Map(notes.sent.map(({ txid, fee }) => [txid, fee]))
  const entries = [
    ...[...movements].map(([txid, movement]) => entryOf(txid, movement, fees)),
    ...lost.map(entryOfLost),
  ]
  const sent = notes.sent.map((payment) => {
    const deep = (movements.get(payment.txid)?.event?.confirmations ?? 0) >= SETTLED_CONFIRMATIONS
    return deep ? { ...payment, settled: true } : payment
  })
  return { entries: entries.sort(isLater).slice(0, limit), notes: { ...notes, sent } }
}

/** The labels of addresses, ours and others', by the transactions that touch them. */
export async function labelsByTransaction(
  client: ApiClient,
  { labels }: WalletNotes,
  limit: number,
): Promise<Map<string, string[]>> {
  const named = Object.entries(labels).filter(([of]) => !/^[0-9a-f]{64}$/.test(of))
  const reach = { limit, since: Number.POSITIVE_INFINITY }
  const found = new Map<string, string[]>()
  for (const [address, label] of named.slice(-MAX_NAMED_ADDRESSES))
    for (const txid of (await movementsOf(client, [address], reach)).keys())
      found.set(txid, [...(found.get(txid) ?? []), label])
  return found
}
