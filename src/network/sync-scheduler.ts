import { createEmitter, type EventSource } from '../base/emitter.ts'
import { errorMessage } from '../base/errors.ts'
import type { BlockAccepted, Chain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { PeerSessions } from './handshake.ts'
import { type BlockSyncOptions, createBlockSync } from './sync-blocks.ts'
import { createHeaderSync } from './sync-headers.ts'
import { createSyncPeers } from './sync-peers.ts'
import { createSyncProgress } from './sync-progress.ts'
import type { Penalties } from './verdicts.ts'

export interface SyncStatus {
  /** `headers` while some peer has headers that we lack, `blocks` while blocks of known headers are missing */
  readonly state: 'idle' | 'headers' | 'blocks'
  /** of the connected tip */
  readonly height: number
  readonly bestHeight: number
  /** blocks a second that the sync brought, over the last ten seconds */
  readonly ratePerSecond: number
  /** peers that have said hello */
  readonly peers: number
}

export interface SyncEvents {
  /** the sync brought a block and the chain took it */
  blockAccepted: BlockAccepted
}

/** Keeps the chain up with its peers: headers first, then the blocks of the best header. */
export interface SyncScheduler {
  readonly events: EventSource<SyncEvents>
  status(): SyncStatus
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
}

export type SyncOptions = BlockSyncOptions

/** Decoded, hostile blocks take up to fifteen times their bytes. */
export const DEFAULT_SYNC_OPTIONS: SyncOptions = { maxArrivedBytes: 16 * 1024 * 1024 }

export function createSyncScheduler(
  options: SyncOptions,
  dependencies: SyncSchedulerDependencies,
): SyncScheduler {
  const { sessions, chain, logger } = dependencies
  const events = createEmitter<SyncEvents>((error) =>
    logger.error('listener failed', { reason: errorMessage(error) }),
  )
  const peers = createSyncPeers({ ...dependencies, network: chain.parameters })
  const progress = createSyncProgress(dependencies)
  const onIdle = (): void => {
    if (state() === 'idle') progress.settle()
  }
  const headers = createHeaderSync({ ...dependencies, peers, progress, onIdle })
  const blocks = createBlockSync(options, {
    ...dependencies,
    peers,
    progress,
    onIdle,
    onAccepted: (accepted) => events.emit('blockAccepted', accepted),
  })
  const stopping = new AbortController()
  const running: Promise<void>[] = []

  function state(): SyncStatus['state'] {
    if (headers.isBehind()) return 'headers'
    return chain.bestHeader().work > chain.tip().work ? 'blocks' : 'idle'
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
      state: state(),
      height: chain.tip().height,
      bestHeight: chain.bestHeader().height,
      ratePerSecond: progress.ratePerSecond(),
      peers: sessions.list().length,
    }),
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
    },
  }
}
