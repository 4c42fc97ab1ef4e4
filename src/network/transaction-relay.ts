import type { Chain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool } from '../ports/mempool.ts'
import type { Random } from '../ports/random.ts'
import type { Transport } from '../ports/transport.ts'
import type { PeerSessions } from './handshake.ts'
import { createInventoryExchange } from './inventory-exchange.ts'
import { createOrphanParents } from './orphan-parents.ts'
import type { RelayClients } from './relay-clients.ts'
import { createTransactionFetch } from './transaction-fetch.ts'
import { createTransactionIntake } from './transaction-intake.ts'
import { createTransactionTopic } from './transaction-topic.ts'
import type { Penalties } from './verdicts.ts'

export interface TransactionRelayDependencies {
  readonly transport: Transport
  readonly sessions: PeerSessions
  readonly clients: RelayClients
  readonly chain: Chain
  readonly mempool: Mempool
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly penalties: Penalties
  /** whether blocks or headers are still being fetched */
  readonly isBehind: () => boolean
}

/** Keeps the mempool in step with those of the peers: by the topic, by what orphans miss, and by inventories. */
export interface TransactionRelay {
  start(): void
  stop(): Promise<void>
}

export function createTransactionRelay(dependencies: TransactionRelayDependencies): TransactionRelay {
  const network = dependencies.chain.parameters
  const fetch = createTransactionFetch(dependencies)
  const intake = createTransactionIntake(dependencies)
  const parents = createOrphanParents({ ...dependencies, intake, fetch })
  const topic = createTransactionTopic({ ...dependencies, network, intake, parents })
  const exchange = createInventoryExchange({ ...dependencies, intake, parents, fetch })

  return {
    start() {
      intake.start()
      topic.start()
      exchange.start()
    },
    async stop() {
      fetch.stop()
      await Promise.all([exchange.stop(), parents.stop(), topic.stop(), intake.stop()])
    },
  }
}
