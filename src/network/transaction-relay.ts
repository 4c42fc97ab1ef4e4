import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import {
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
  transactionTopic,
} from '../../protocols/gossip/protocol.ts'
import { openTransactionMessage } from '../../protocols/gossip/validator.ts'
import { errorMessage } from '../base/errors.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool, MempoolEntry } from '../ports/mempool.ts'
import type { PeerId, TopicVerdict, Transport } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { blameForTransaction, type Fault, type Penalties, verdictFor } from './verdicts.ts'

/** Transactions that are judged at once; what comes on top is ignored. */
export const MAX_JUDGED_TRANSACTIONS = 1_000
/** Transactions that nobody was there to take are offered again after this, doubling. */
const MIN_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000
const MAX_UNSENT = 10_000

export interface TransactionRelayDependencies {
  readonly transport: Transport
  readonly network: NetworkParameters
  readonly mempool: Mempool
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

/** Takes transactions from the topic to the mempool, and those that came into it otherwise to the topic. */
export interface TransactionRelay {
  start(): void
  stop(): Promise<void>
}

export function createTransactionRelay(dependencies: TransactionRelayDependencies): TransactionRelay {
  const { transport, network, mempool, clock, logger, penalties } = dependencies
  const topic = transactionTopic(network)
  /** transactions that the topic brought: it hands them on by itself */
  const judged = new Set<Wtxid>()
  const unsent = new Set<Txid>()
  const publishing = new Set<Promise<void>>()
  const stops: (() => void)[] = []
  let cancelRetry: (() => void) | undefined
  let retryMs = MIN_RETRY_MS
  let stopped = false

  function blame(from: PeerId, fault: Fault): TopicVerdict {
    const blame = blameForTransaction(fault)
    penalties.punish(from, blame, fault)
    return verdictFor(blame)
  }

  async function validate(message: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const opened = openTransactionMessage(message)
    if (!opened.ok) return blame(from, opened.error)
    const { txid, wtxid } = opened.value
    if (judged.has(wtxid) || judged.size >= MAX_JUDGED_TRANSACTIONS || mempool.get(txid)) return 'ignore'
    judged.add(wtxid)
    try {
      const accepted = await mempool.accept(opened.value)
      // It may have come from a wallet in the same moment, and then nobody has published it yet.
      const isHeld = accepted.ok || mempool.get(txid)?.transaction.wtxid === wtxid
      return isHeld ? 'accept' : blame(from, accepted.error)
    } catch (error) {
      // Our own failure says nothing about the transaction.
      logger.error('transaction not judged', { txid, reason: errorMessage(error) })
      return 'ignore'
    } finally {
      judged.delete(wtxid)
    }
  }

  async function publish(transaction: Transaction): Promise<void> {
    const { txid } = transaction
    try {
      const peers = await transport.publish(topic, encodeTransactionMessage(transaction.bytes))
      if (peers > 0) unsent.delete(txid)
      else if (unsent.size < MAX_UNSENT) unsent.add(txid)
      logger.debug('transaction published', { txid, peers })
    } catch (error) {
      logger.debug('transaction not published', { txid, reason: errorMessage(error) })
    }
    if (unsent.size > 0) retryLater()
  }

  function launch(transaction: Transaction): void {
    const done = publish(transaction).finally(() => publishing.delete(done))
    publishing.add(done)
  }

  function retry(): void {
    cancelRetry = undefined
    retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)
    for (const txid of [...unsent]) {
      const entry = mempool.get(txid)
      if (entry === undefined) unsent.delete(txid)
      else launch(entry.transaction)
    }
  }

  function retryLater(): void {
    if (stopped) return
    cancelRetry ??= clock.after(retryMs, retry)
  }

  function added({ transaction }: MempoolEntry): void {
    if (judged.has(transaction.wtxid) || transaction.bytes.length > MAX_RELAYED_TRANSACTION_BYTES) return
    retryMs = MIN_RETRY_MS
    launch(transaction)
  }

  return {
    start() {
      stops.push(
        transport.subscribe(topic, MAX_TRANSACTION_MESSAGE_BYTES, validate),
        mempool.events.on('added', added),
      )
    },
    async stop() {
      stopped = true
      for (const stop of stops.splice(0)) stop()
      cancelRetry?.()
      await Promise.all(publishing)
    },
  }
}
