import { isDeadline } from '../../protocols/deadline.ts'
import type { WireFault } from '../../protocols/wire-fault.ts'
import { errorMessage } from '../base/errors.ts'
import type { Result } from '../base/result.ts'
import type { Logger } from '../ports/logger.ts'
import type { Cancellable, PeerId } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { PeerSessions } from './handshake.ts'
import type { RelayClients } from './relay-clients.ts'
import { blameForTransaction, type Penalties } from './verdicts.ts'

export interface TransactionFetchDependencies {
  readonly clients: RelayClients
  readonly sessions: PeerSessions
  readonly logger: Logger
  readonly penalties: Penalties
}

/**
 * Asks peers for pending transactions over the relay protocol. Whatever goes wrong ends the answer, with blame where the
 * protocol has it so; nothing rejects.
 */
export interface TransactionFetch {
  /** Those of the ids that the peer has, as they come; no more of them once the signal aborts. */
  transactions(
    peer: PeerId,
    ids: { readonly wtxids?: readonly Wtxid[]; readonly txids?: readonly Txid[] },
    options?: Cancellable,
  ): AsyncGenerator<Transaction, void, undefined>
  /** What is pending at the peer and pays so many base units a virtual byte, parents before children. */
  inventory(peer: PeerId, minFeeRate: number): Promise<readonly Wtxid[]>
  /** Ends whatever is under way. */
  stop(): void
}

export function createTransactionFetch(dependencies: TransactionFetchDependencies): TransactionFetch {
  const { clients, sessions, logger, penalties } = dependencies
  const stopping = new AbortController()

  /** The value of a result that a peer is to answer for. */
  function unwrap<T>(peer: PeerId, result: Result<T, WireFault>): T | undefined {
    if (result.ok) return result.value
    penalties.punish(peer, blameForTransaction(result.error), result.error)
    return undefined
  }

  function failed(peer: PeerId, error: unknown): void {
    if (stopping.signal.aborted || sessions.get(peer) === undefined) return
    if (isDeadline(error)) penalties.drop(peer, 'relay answer too late')
    else logger.debug('transactions not fetched', { peer, reason: errorMessage(error) })
  }

  return {
    async *transactions(peer, ids, { signal: outer } = {}) {
      const signal = outer === undefined ? stopping.signal : AbortSignal.any([stopping.signal, outer])
      try {
        for await (const answer of clients.of(peer).transactions(ids, { signal })) {
          const transaction = unwrap(peer, answer)?.transaction
          if (transaction !== undefined) yield transaction
        }
      } catch (error) {
        if (!outer?.aborted) failed(peer, error)
      }
    },
    async inventory(peer, minFeeRate) {
      try {
        const answer = await clients.of(peer).inventory({ minFeeRate }, { signal: stopping.signal })
        return unwrap(peer, answer) ?? []
      } catch (error) {
        failed(peer, error)
        return []
      }
    },
    stop: () => stopping.abort(new Error('the node is stopping')),
  }
}
