import { ok, type Result } from '../../src/base/result.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cancellable, PeerId, Transport } from '../../src/ports/transport.ts'
import type { BlockHash, Txid, Wtxid } from '../../src/primitives/hash.ts'
import {
  createTransactionsDecoder,
  decodeTransaction,
  type Transaction,
} from '../../src/primitives/transaction.ts'
import { type CompactBlock, decodeCompactBlock } from '../compact-block.ts'
import { createKeptStream } from '../kept-stream.ts'
import { malformedField } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import { decodeResponse, encodeRequest, type RelayRequest, type RelayResponse } from './codec.ts'
import {
  CLIENT_LIMITS,
  FEE_RATE_UNIT,
  FRAME_TIMEOUT_MS,
  KEEP_STREAM_MS,
  MAX_FEE_RATE,
  REQUEST_TIMEOUT_MS,
  relayProtocol,
} from './protocol.ts'

export interface RelayClientDependencies {
  readonly transport: Transport
  readonly clock: Clock
  readonly network: Pick<NetworkParameters, 'id'>
}

/** A loose transaction, by either of its ids. */
export type TransactionId =
  | { readonly kind: 'wtxid'; readonly id: Wtxid }
  | { readonly kind: 'txid'; readonly id: Txid }

/** What a peer has to say of one transaction that it was asked for. */
export interface TransactionAnswer {
  readonly id: TransactionId
  /** of the id that was asked for; undefined where the peer does not have it */
  readonly transaction: Transaction | undefined
}

/**
 * Asks one peer over a stream that it keeps open for a while between requests; requests at the same time have a stream
 * each, of which a server takes four. What the peer does wrong is a value; timeouts (`deadline-exceeded`) and broken
 * streams reject.
 */
export interface RelayClient {
  /** A block in its compact form, of the hash that was asked for, or undefined where the peer does not have it. */
  compactBlock(block: BlockHash, options?: Cancellable): Promise<Result<CompactBlock | undefined, WireFault>>
  /**
   * Transactions of a block by their places in it (ascending), or undefined where the peer does not have the block.
   * They are as many as were asked for; whether they are the right ones only the block's header can tell.
   */
  blockTransactions(
    block: BlockHash,
    indexes: readonly number[],
    options?: Cancellable,
  ): Promise<Result<readonly Transaction[] | undefined, WireFault>>
  /**
   * Loose transactions, wtxids first, as they come; ends after the first fault. At most `MAX_TRANSACTIONS_ASKED` ids.
   * The next one is read when it is asked for. Leaving the loop early resets the stream.
   */
  transactions(
    ids: { readonly wtxids?: readonly Wtxid[]; readonly txids?: readonly Txid[] },
    options?: Cancellable,
  ): AsyncGenerator<Result<TransactionAnswer, WireFault>, void, undefined>
  /** Pending transactions of the peer, parents before children. @param minFeeRate - base units a virtual byte */
  inventory(
    ask: { readonly minFeeRate: number },
    options?: Cancellable,
  ): Promise<Result<readonly Wtxid[], WireFault>>
  close(): void
}

const unasked = (answer: RelayResponse, asked: string) =>
  wireFault('answer-unasked', { kind: answer.kind, asked })

function readTransactionAnswer(frame: Uint8Array, id: TransactionId): Result<TransactionAnswer, WireFault> {
  const response = decodeResponse(frame)
  if (!response.ok) return response
  const answer = response.value
  if (answer.kind === 'not-found' && answer.id === id.id) return ok({ id, transaction: undefined })
  if (answer.kind !== 'transaction') return unasked(answer, id.id)
  const transaction = decodeTransaction(answer.bytes)
  if (!transaction.ok) return malformedField('transaction', { asked: id.id, reason: transaction.error.code })
  if (transaction.value[id.kind] !== id.id) return unasked(answer, id.id)
  return ok({ id, transaction: transaction.value })
}

export function createRelayClient(dependencies: RelayClientDependencies, peer: PeerId): RelayClient {
  const options = {
    protocol: relayProtocol(dependencies.network),
    limits: CLIENT_LIMITS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    frameTimeoutMs: FRAME_TIMEOUT_MS,
    keepStreamMs: KEEP_STREAM_MS,
  }
  const kept = createKeptStream(options, dependencies, peer)

  /** A request whose answer is one frame. */
  async function askOnce(
    request: RelayRequest,
    signal?: AbortSignal,
  ): Promise<Result<RelayResponse, WireFault>> {
    const answering = await kept.ask(encodeRequest(request), signal)
    const response = decodeResponse(answering.first)
    answering.end(response.ok)
    return response
  }

  return {
    async compactBlock(block, { signal } = {}) {
      const response = await askOnce({ kind: 'get-compact-block', block }, signal)
      if (!response.ok) return response
      const answer = response.value
      if (answer.kind === 'not-found' && answer.id === block) return ok(undefined)
      if (answer.kind !== 'compact-block') return unasked(answer, block)
      const compact = decodeCompactBlock(answer.bytes)
      if (!compact.ok) return malformedField('compact_block', { block, reason: compact.error.code })
      const { hash } = compact.value.header
      return hash === block ? compact : wireFault('answer-unasked', { hash, asked: block })
    },

    async blockTransactions(block, indexes, { signal } = {}) {
      const response = await askOnce({ kind: 'get-block-transactions', block, indexes }, signal)
      if (!response.ok) return response
      const answer = response.value
      if (answer.kind === 'not-found' && answer.id === block) return ok(undefined)
      if (answer.kind !== 'block-transactions') return unasked(answer, block)
      const decoder = createTransactionsDecoder(answer.bytes, indexes.length)
      // They may be a whole block's.
      while (!decoder.step()) await dependencies.clock.turn()
      const transactions = decoder.result()
      if (transactions.ok) return transactions
      return malformedField('block_transactions', { block, reason: transactions.error.code })
    },

    async *transactions({ wtxids = [], txids = [] }, { signal } = {}) {
      const ids: TransactionId[] = [
        ...wtxids.map((id) => ({ kind: 'wtxid', id }) as const),
        ...txids.map((id) => ({ kind: 'txid', id }) as const),
      ]
      if (ids.length === 0) return
      const answering = await kept.ask(encodeRequest({ kind: 'get-transactions', wtxids, txids }), signal)
      let left = ids.length
      try {
        for (const [index, id] of ids.entries()) {
          const answer = readTransactionAnswer(index === 0 ? answering.first : await answering.next(), id)
          if (answer.ok) left -= 1
          yield answer
          if (!answer.ok) return
        }
      } finally {
        answering.end(left === 0)
      }
    },

    async inventory({ minFeeRate }, { signal } = {}) {
      const rate = Math.min(Math.floor(minFeeRate * FEE_RATE_UNIT), MAX_FEE_RATE)
      const response = await askOnce({ kind: 'get-inventory', minFeeRate: rate }, signal)
      if (!response.ok) return response
      const answer = response.value
      return answer.kind === 'inventory' ? ok(answer.wtxids) : unasked(answer, 'inventory')
    },

    close: () => kept.close(),
  }
}
