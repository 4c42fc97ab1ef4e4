import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import {
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
  transactionTopic,
} from '../../protocols/gossip/protocol.ts'
import { openTransactionMessage } from '../../protocols/gossip/validator.ts'
import { errorMessage } from '../base/errors.ts'
import { createRollingSet } from '../base/rolling-set.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool, MempoolEntry } from '../ports/mempool.ts'
import type { PeerId, TopicVerdict, Transport } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { OrphanParents } from './orphan-parents.ts'
import type { Intake, TransactionIntake } from './transaction-intake.ts'
import { blameForTransaction, type Penalties, verdictFor } from './verdicts.ts'

/** Transactions that nobody was there to take are offered again after this, doubling. */
const MIN_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000
const MAX_UNSENT = 10_000
/** Transactions that are published in one piece: a block that has left the chain brings back thousands. */
const PUBLISHED_PER_TURN = 16
/** How long the verdict on an orphan waits for its parents: gossip hands nothing on after another verdict. */
const ORPHAN_VERDICT_MS = 2_000
/** Verdicts on one peer's orphans that wait. */
export const MAX_PEER_HELD_VERDICTS = 32
/** Transactions that are remembered as handed on. */
const HANDED_ON_REMEMBERED = 50_000

export interface TransactionTopicDependencies {
  readonly transport: Transport
  readonly network: NetworkParameters
  readonly mempool: Mempool
  readonly intake: TransactionIntake
  readonly parents: OrphanParents
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

/** Takes transactions from the topic, and hands those to it that came into the mempool without a peer. */
export interface TransactionTopic {
  start(): void
  stop(): Promise<void>
}

export function createTransactionTopic(dependencies: TransactionTopicDependencies): TransactionTopic {
  const { transport, network, mempool, intake, parents, clock, logger, penalties } = dependencies
  const topic = transactionTopic(network)
  /** what the topic has carried: what came by another way is handed on when the topic brings it */
  const handedOn = createRollingSet<Wtxid>(HANDED_ON_REMEMBERED)
  const heldVerdicts = new Map<PeerId, number>()
  const unsent = new Set<Txid>()
  /** to be published, in order */
  const outbox = new Set<Transaction>()
  const stops: (() => void)[] = []
  let cancelRetry: (() => void) | undefined
  let retryMs = MIN_RETRY_MS
  let isPublishing = false
  let published: Promise<void> | undefined
  let stopped = false

  async function validate(message: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const opened = openTransactionMessage(message)
    if (!opened.ok) {
      const blame = blameForTransaction(opened.error)
      penalties.punish(from, blame, opened.error)
      return verdictFor(blame)
    }
    const { wtxid } = opened.value
    let intaken = await intake.take(opened.value, from)
    if (intaken.kind === 'orphan') {
      parents.want(wtxid)
      intaken = await holdVerdict(wtxid, from)
    }
    return verdictOn(wtxid, intaken)
  }

  function verdictOn(wtxid: Wtxid, intaken: Intake): TopicVerdict {
    if (intaken.kind === 'refused') return verdictFor(blameForTransaction(intaken.fault))
    const isHere = intaken.kind === 'taken' || intaken.kind === 'held'
    if (!isHere || handedOn.has(wtxid)) return 'ignore'
    handedOn.add(wtxid)
    return 'accept'
  }

  async function holdVerdict(wtxid: Wtxid, from: PeerId): Promise<Intake> {
    const held = heldVerdicts.get(from) ?? 0
    if (held >= MAX_PEER_HELD_VERDICTS) return { kind: 'orphan' }
    heldVerdicts.set(from, held + 1)
    const outcome = await intake.outcome(wtxid, ORPHAN_VERDICT_MS)
    const left = heldVerdicts.get(from)! - 1
    if (left > 0) heldVerdicts.set(from, left)
    else heldVerdicts.delete(from)
    return outcome
  }

  async function publish({ txid, wtxid, bytes }: Transaction): Promise<void> {
    try {
      const peers = await transport.publish(topic, encodeTransactionMessage(bytes))
      if (peers > 0) {
        handedOn.add(wtxid)
        unsent.delete(txid)
      } else if (unsent.size < MAX_UNSENT) unsent.add(txid)
      logger.debug('transaction published', { txid, peers })
    } catch (error) {
      logger.debug('transaction not published', { txid, reason: errorMessage(error) })
    }
    if (unsent.size > 0) retryLater()
  }

  async function publishAll(): Promise<void> {
    let count = 0
    for (const transaction of outbox) {
      if (stopped) return
      outbox.delete(transaction)
      await publish(transaction)
      if (++count % PUBLISHED_PER_TURN === 0) await clock.turn()
    }
    isPublishing = false
  }

  function launch(transaction: Transaction): void {
    outbox.add(transaction)
    if (isPublishing) return
    isPublishing = true
    published = publishAll()
  }

  function retry(): void {
    cancelRetry = undefined
    retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)
    for (const txid of [...unsent]) {
      const entry = mempool.get(txid)
      // The topic may have brought it meanwhile, and takes no message twice.
      if (entry === undefined || handedOn.has(entry.transaction.wtxid)) unsent.delete(txid)
      else launch(entry.transaction)
    }
  }

  function retryLater(): void {
    if (stopped) return
    cancelRetry ??= clock.after(retryMs, retry)
  }

  function added({ transaction }: MempoolEntry): void {
    const { wtxid, bytes } = transaction
    if (intake.isJudging(wtxid) || bytes.length > MAX_RELAYED_TRANSACTION_BYTES) return
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
      await published
    },
  }
}
