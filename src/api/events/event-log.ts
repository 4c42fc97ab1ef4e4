import type { ChainView, TipChange } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Mempool } from '../../ports/mempool.ts'
import type { NodeServices } from '../../ports/node-services.ts'
import { MAX_KEPT_EVENTS, SYNC_EVENT_INTERVAL_MS } from '../limits.ts'
import { blockRef } from '../views.ts'

export const EVENT_KINDS = ['block', 'reorg', 'transaction', 'peer', 'sync', 'address'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** Something that happened in the node, as it is told to clients. */
export interface NodeEvent {
  /** where to go on after a lost connection; of no use to another run of the node */
  readonly id: string
  readonly kind: EventKind
  readonly atMs: number
  readonly data: Readonly<Record<string, unknown>>
}

/** The latest events of this run, in order. */
export interface EventLog {
  /**
   * The events behind one of them, or only those to come (none) where no id is given; undefined where some of them are
   * not kept any more, or the id is of another run.
   */
  after(id: string | undefined): readonly NodeEvent[] | undefined
  /** Calls `listener` for each event from now on; returns the way to stop that. */
  listen(listener: (event: NodeEvent) => void): () => void
  start(): void
  stop(): void
}

export interface EventLogDependencies {
  readonly services: Pick<NodeServices, 'startedAt' | 'peerEvents' | 'sync'> & {
    readonly chain: Pick<ChainView, 'events'>
    readonly mempool: Pick<Mempool, 'events'>
  }
  readonly clock: Clock
}

export function createEventLog({ services, clock }: EventLogDependencies): EventLog {
  const { chain, mempool, peerEvents, startedAt } = services
  const run = startedAt.toString(36)
  const events: NodeEvent[] = []
  const listeners = new Set<(event: NodeEvent) => void>()
  const stops: (() => void)[] = []
  let count = 0
  let saidSync = ''

  function tell(kind: EventKind, data: NodeEvent['data']): void {
    count += 1
    const event = { id: `${run}-${count}`, kind, atMs: clock.now(), data }
    events.push(event)
    // Half of them at once: moving all of them for each new one would cost more than the events do.
    if (events.length > 2 * MAX_KEPT_EVENTS) events.splice(0, events.length - MAX_KEPT_EVENTS)
    for (const listener of [...listeners]) listener(event)
  }

  function tipChanged({ disconnected, connected, tip }: TipChange): void {
    if (disconnected.length > 0)
      tell('reorg', {
        disconnected: disconnected.map(({ entry }) => blockRef(entry)),
        tip: blockRef(tip),
      })
    for (const { entry, block } of connected)
      tell('block', {
        ...blockRef(entry),
        time: entry.header.time,
        transactions: block.transactions.length,
        size: block.bytes.length,
      })
  }

  function watchSync(): void {
    const { phase, height, bestHeight, blocksPerSecond, secondsLeft } = services.sync()
    const now = { phase, height, bestHeight, blocksPerSecond, secondsLeft: secondsLeft ?? null }
    // Between blocks at the tip there is nothing to tell that the blocks do not.
    const said = phase === 'idle' ? 'idle' : JSON.stringify(now)
    if (saidSync !== '' && said !== saidSync) tell('sync', now)
    saidSync = said
    stops[0] = clock.after(SYNC_EVENT_INTERVAL_MS, watchSync)
  }

  return {
    after(id) {
      if (id === undefined) return []
      const [, ofRun, position] = /^([0-9a-z]+)-(\d+)$/.exec(id) ?? []
      const missed = count - Number(position)
      if (ofRun !== run || missed < 0 || missed > events.length) return undefined
      return events.slice(events.length - missed)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start() {
      watchSync()
      stops.push(
        chain.events.on('tipChanged', tipChanged),
        mempool.events.on('added', ({ transaction, fee, virtualSize }) =>
          tell('transaction', { txid: transaction.txid, status: 'pending', fee, virtualSize }),
        ),
        mempool.events.on('removed', ({ entry, reason }) =>
          tell('transaction', {
            txid: entry.transaction.txid,
            ...(reason === 'mined' ? { status: 'mined' } : { status: 'dropped', reason }),
          }),
        ),
        peerEvents.on('peerConnected', ({ peer, inbound, address }) =>
          tell('peer', { id: peer, status: 'connected', inbound, address }),
        ),
        peerEvents.on('peerDisconnected', ({ peer }) => tell('peer', { id: peer, status: 'disconnected' })),
      )
    },
    stop() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}
