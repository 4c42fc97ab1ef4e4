import type { ChainView } from '../../ports/chain.ts'
import type { Mempool } from '../../ports/mempool.ts'
import type { BlockHash, Txid } from '../../primitives/hash.ts'
import type { Transaction } from '../../primitives/transaction.ts'
import { MAX_WAITING_EVENTS } from '../limits.ts'
import type { EventKind, EventLog, NodeEvent } from './event-log.ts'
import { touchedScripts } from './touched-scripts.ts'

/** What a client wants to be told of. */
export interface EventFilter {
  readonly kinds: ReadonlySet<EventKind>
  /** addresses by the hex of their script, for events of kind `address` */
  readonly addresses: ReadonlyMap<string, string>
}

export interface EventStreamDependencies {
  readonly log: EventLog
  readonly chain: Pick<ChainView, 'block'>
  readonly mempool: Pick<Mempool, 'get'>
}

/**
 * The events that a client wants, those behind `backlog` first, until the signal aborts. Ends where the reader is so slow that too
 * many wait: nothing is kept for it without bound, and it may come back with the id of the last event that it has seen.
 */
export async function* eventStream(
  { log, chain, mempool }: EventStreamDependencies,
  { kinds, addresses }: EventFilter,
  backlog: readonly NodeEvent[],
  signal: AbortSignal,
): AsyncGenerator<NodeEvent, void, undefined> {
  const waiting: NodeEvent[] = [...backlog]
  let wake = Promise.withResolvers<void>()
  let isTooSlow = false
  const stopListening = log.listen((event) => {
    isTooSlow ||= waiting.length >= MAX_WAITING_EVENTS + backlog.length
    if (!isTooSlow) waiting.push(event)
    wake.resolve()
  })
  const onAbort = (): void => wake.resolve()
  signal.addEventListener('abort', onAbort, { once: true })

  /** What an event means for the addresses that are watched. */
  async function ofAddresses({ id, kind, atMs, data }: NodeEvent): Promise<NodeEvent[]> {
    if (addresses.size === 0 || !kinds.has('address')) return []
    const told = (transactions: readonly Transaction[], more: NodeEvent['data']): NodeEvent[] =>
      transactions.flatMap((tx) =>
        [...touchedScripts(tx)].flatMap((script) => {
          const address = addresses.get(script)
          const event = { id, kind: 'address', atMs, data: { address, txid: tx.txid, ...more } } as const
          return address === undefined ? [] : [event]
        }),
      )
    if (kind === 'transaction' && data.status === 'pending') {
      const pending = mempool.get(data.txid as Txid)
      return pending === undefined ? [] : told([pending.transaction], { status: 'pending' })
    }
    if (kind === 'block') {
      const block = await chain.block(data.hash as BlockHash)
      const place = { hash: data.hash, height: data.height }
      return block === undefined ? [] : told(block.transactions, { status: 'confirmed', block: place })
    }
    return []
  }

  try {
    while (!signal.aborted && !isTooSlow) {
      const event = waiting.shift()
      if (event === undefined) {
        await wake.promise
        wake = Promise.withResolvers()
        continue
      }
      if (kinds.has(event.kind)) yield event
      yield* await ofAddresses(event)
    }
  } finally {
    stopListening()
    signal.removeEventListener('abort', onAbort)
  }
}
