import { createEmitter, type EventSource } from '../base/emitter.ts'
import { errorMessage } from '../base/errors.ts'
import type { BlockAccepted, Chain, ChainEntry } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { SyncStatus } from '../ports/node-services.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { BlocksUnderWay } from './blocks-under-way.ts'
import type { PeerSessions } from './handshake.ts'
import { type BlockSyncOptions, createBlockSync } from './sync-blocks.ts'
import { createSyncGoal } from './sync-goal.ts'
import { createHeaderSync } from './sync-headers.ts'
import { createSyncPeers } from './sync-peers.ts'
import { createSyncProgress } from './sync-progress.ts'
import type { Penalties } from './verdicts.ts'

export interface SyncEvents {
  /** the sync brought a block and the chain took it */
  blockAccepted: BlockAccepted
}

/** Keeps the chain up with its peers: headers first, then the blocks of the best that can be had. */
export interface SyncScheduler {
  readonly events: EventSource<SyncEvents>
  status(): SyncStatus
  /** The best header whose blocks can be had, as far as is known: what the tip is to become. */
  goal(): ChainEntry
  /** Asks the peer for headers soon: it has shown something whose parent is not known here. */
  askHeaders(peer: PeerId): void
  start(): void
  stop(): Promise<void>
}

export interface SyncSchedulerDependencies {
  readonly transport: Transport
  readonly sessions: PeerSessions
  readonly chain: Chain
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly penalties: Penalties
  readonly underWay: BlocksUnderWay
}

export type SyncOptions = BlockSyncOptions

/** Bytes as they came: what waits is not decoded. */
export const DEFAULT_SYNC_OPTIONS: SyncOptions = { maxArrivedBytes: 32 * 1024 * 1024 }

export function createSyncScheduler(
  options: SyncOptions,
  dependencies: SyncSchedulerDependencies,
): SyncScheduler {
  const { transport, sessions, chain, logger } = dependencies
  const events = createEmitter<SyncEvents>((error) =>
    logger.error('listener failed', { reason: errorMessage(error) }),
  )
  const peers = createSyncPeers({ ...dependencies, network: chain.parameters })
  const wanted = createSyncGoal({ ...dependencies, peers })
  const goal = (): ChainEntry => wanted.get() ?? chain.tip()
  const progress = createSyncProgress({ ...dependencies, goal })
  const onIdle = (): void => {
    if (phase() === 'idle') progress.settle()
  }
  const headers = createHeaderSync({ ...dependencies, peers, progress, goal, onIdle })
  const blocks = createBlockSync(options, {
    ...dependencies,
    goal: wanted,
    peers,
    progress,
    onIdle,
    onAccepted(accepted, from) {
      if (accepted.isNew && accepted.connected) transport.brought(from, 'block')
      events.emit('blockAccepted', accepted)
    },
  })
  const stopping = new AbortController()
  const running: Promise<void>[] = []

  function phase(): SyncStatus['phase'] {
    // With the work that is asked for, what else peers have to show is looked at beside everything else.
    const isLow = chain.bestHeader().work < chain.workThreshold()
    if (isLow && headers.presyncPercent() !== undefined) return 'presync'
    if (headers.isBehind()) return 'headers'
    return wanted.get() === undefined ? 'idle' : 'blocks'
  }

  function launch(name: string, work: Promise<never>): void {
    running.push(
      work.catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.error('sync ended', { part: name, reason: errorMessage(error) })
      }),
    )
  }

  return {
    events,
    status: () => ({
      phase: phase(),
      height: chain.tip().height,
      bestHeight: goal().height,
      ...progress.estimate(),
      presyncPercent: phase() === 'presync' ? headers.presyncPercent() : undefined,
      peers: sessions.list().length,
    }),
    goal,
    askHeaders: headers.ask,
    start() {
      peers.start()
      launch('headers', headers.run(stopping.signal))
      launch('blocks', blocks.run(stopping.signal))
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      peers.stop()
      await Promise.all(running)
      wanted.stop()
    },
  }
}
