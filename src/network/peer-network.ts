import { handleRelay } from '../../protocols/relay/handler.ts'
import type { ServeDependencies } from '../../protocols/serve-requests.ts'
import { handleSync } from '../../protocols/sync/handler.ts'
import type { Chain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool } from '../ports/mempool.ts'
import type { Random } from '../ports/random.ts'
import type { Transport } from '../ports/transport.ts'
import { createBlockRelay } from './block-relay.ts'
import { createBlocksUnderWay } from './blocks-under-way.ts'
import { createPeerSessions, type PeerSessionOptions, type PeerSessions } from './handshake.ts'
import { createRelayClients } from './relay-clients.ts'
import { createSyncScheduler, type SyncOptions, type SyncScheduler } from './sync-scheduler.ts'
import { createTransactionRelay } from './transaction-relay.ts'
import { blameForBlock, createPenalties } from './verdicts.ts'

export interface PeerNetworkOptions extends PeerSessionOptions {
  readonly sync: SyncOptions
}

export interface PeerNetworkDependencies {
  readonly transport: Transport
  readonly chain: Chain
  readonly mempool: Mempool
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Everything that a node says to its peers, over whatever transport it has. */
export interface PeerNetwork {
  readonly sessions: PeerSessions
  readonly sync: SyncScheduler
  /** Serves and asks from now on; to be awaited before the first peer is there. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createPeerNetwork(
  options: PeerNetworkOptions,
  dependencies: PeerNetworkDependencies,
): PeerNetwork {
  const { transport, chain, mempool, clock, random } = dependencies
  const logger = dependencies.logger.child('peers')
  const relayLog = dependencies.logger.child('relay')
  const penalties = createPenalties({ transport, clock, logger })
  const shared = { transport, chain, clock, random, penalties }
  const sessions = createPeerSessions(options, { ...shared, logger })
  const underWay = createBlocksUnderWay()
  const sync = createSyncScheduler(options.sync, {
    ...shared,
    logger: dependencies.logger.child('sync'),
    sessions,
    underWay,
  })
  const clients = createRelayClients({ ...shared, network: chain.parameters, sessions })
  const blocks = createBlockRelay({ ...shared, logger: relayLog, mempool, sessions, sync, clients, underWay })
  const transactions = createTransactionRelay({
    ...shared,
    logger: relayLog,
    sessions,
    clients,
    mempool,
    isBehind: () => sync.status().phase !== 'idle',
  })
  const started = new AsyncDisposableStack()

  return {
    sessions,
    sync,
    async start() {
      const onFault: ServeDependencies['onFault'] = (peer, fault) =>
        penalties.punish(peer, blameForBlock(fault), fault)
      started.defer(await handleSync({ ...shared, onFault }))
      started.defer(
        await handleRelay({
          ...shared,
          onFault,
          network: chain.parameters,
          ...blocks.serving,
          transaction: (id) =>
            (id.kind === 'txid' ? mempool.get(id.id) : mempool.getByWtxid(id.id))?.transaction.bytes,
          inventory: (minFeeRate, max) =>
            mempool.inventory(minFeeRate, max).map(({ transaction }) => transaction.wtxid),
        }),
      )
      // Protocols and topics are there before the first peer is.
      started.defer(() => sessions.stop())
      await sessions.start()
      started.defer(() => clients.stop())
      clients.start()
      started.defer(() => sync.stop())
      sync.start()
      started.defer(() => blocks.stop())
      blocks.start()
      started.defer(() => transactions.stop())
      transactions.start()
    },
    stop: () => started.disposeAsync(),
  }
}
