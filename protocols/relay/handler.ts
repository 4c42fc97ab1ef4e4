import { concatBytes } from '../../src/base/bytes.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { BlockHash, Wtxid } from '../../src/primitives/hash.ts'
import { isDeadline, withDeadline } from '../deadline.ts'
import { type SendFrame, type ServeDependencies, serveRequests } from '../serve-requests.ts'
import type { TransactionId } from './client.ts'
import { decodeRequest, encodeResponse, type GetTransactions } from './codec.ts'
import { createInventoryPace } from './inventory-pace.ts'
import {
  BLOCK_WAIT_MS,
  FEE_RATE_UNIT,
  IDLE_TIMEOUT_MS,
  MAX_INVENTORY,
  MAX_TURNS,
  MAX_TURNS_PER_PEER,
  relayProtocol,
  SEND_TIMEOUT_MS,
  SERVER_LIMITS,
} from './protocol.ts'

export interface RelayHandlerDependencies extends ServeDependencies {
  readonly network: Pick<NetworkParameters, 'id'>
  /**
   * A block in its compact form; undefined where it is not there. May wait for a block that is on its way, until the
   * signal aborts.
   */
  readonly compactBlock: (block: BlockHash, signal: AbortSignal) => Promise<Uint8Array | undefined>
  /**
   * BIP144 bytes of a block's transactions in the order of `indexes`; undefined where the block is not there, or has no
   * transaction in one of the places. May wait for a block that is on its way, until the signal aborts.
   */
  readonly blockTransactions: (
    block: BlockHash,
    indexes: readonly number[],
    signal: AbortSignal,
  ) => Promise<readonly Uint8Array[] | undefined>
  /** BIP144 bytes of a loose transaction */
  readonly transaction: (id: TransactionId) => Uint8Array | undefined
  /** up to `max` pending transactions that pay at least so many base units a virtual byte, parents before children */
  readonly inventory: (minFeeRate: number, max: number) => readonly Wtxid[]
}

/** Serves transactions of blocks, loose ones and the inventory. Returns the way to stop, which also ends open streams. */
export function handleRelay(dependencies: RelayHandlerDependencies): Promise<() => Promise<void>> {
  const { network, clock, compactBlock, blockTransactions, transaction, inventory } = dependencies
  const options = {
    protocol: relayProtocol(network),
    limits: SERVER_LIMITS,
    decode: decodeRequest,
    turns: { perPeer: MAX_TURNS_PER_PEER, total: MAX_TURNS },
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    sendTimeoutMs: SEND_TIMEOUT_MS,
  }

  /** Waits no longer than the peer can be expected to. */
  async function find<T>(
    stopping: AbortSignal,
    look: (signal: AbortSignal) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      return await withDeadline(clock, BLOCK_WAIT_MS, 'block', stopping, look)
    } catch (error) {
      if (isDeadline(error)) return undefined
      throw error
    }
  }

  async function sendLoose({ wtxids, txids }: GetTransactions, send: SendFrame): Promise<void> {
    const sendOne = (id: TransactionId): Promise<void> => {
      const bytes = transaction(id)
      return send(
        encodeResponse(
          bytes === undefined ? { kind: 'not-found', id: id.id } : { kind: 'transaction', bytes },
        ),
      )
    }
    for (const id of wtxids) await sendOne({ kind: 'wtxid', id })
    for (const id of txids) await sendOne({ kind: 'txid', id })
  }

  const pace = createInventoryPace(clock)

  return serveRequests(options, dependencies, async (request, send, stopping, peer) => {
    switch (request.kind) {
      case 'get-compact-block': {
        const { block } = request
        const bytes = await find(stopping, (signal) => compactBlock(block, signal))
        return send(
          encodeResponse(
            bytes === undefined ? { kind: 'not-found', id: block } : { kind: 'compact-block', bytes },
          ),
        )
      }
      case 'get-block-transactions': {
        const { block, indexes } = request
        const found = await find(stopping, (signal) => blockTransactions(block, indexes, signal))
        return send(
          encodeResponse(
            found === undefined
              ? { kind: 'not-found', id: block }
              : { kind: 'block-transactions', bytes: concatBytes(...found) },
          ),
        )
      }
      case 'get-transactions':
        return sendLoose(request, send)
      case 'get-inventory':
        await pace(peer, stopping)
        return send(
          encodeResponse({
            kind: 'inventory',
            wtxids: inventory(request.minFeeRate / FEE_RATE_UNIT, MAX_INVENTORY),
          }),
        )
    }
  })
}
