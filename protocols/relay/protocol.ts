import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { ProtocolLimits } from '../../src/ports/transport.ts'
import { MAX_BLOCK_BYTES } from '../../src/primitives/block.ts'
import { protocolId } from '../protocol-id.ts'

export const relayProtocol = (network: Pick<NetworkParameters, 'id'>): string =>
  protocolId(network, 'relay', '1.0.0')

/** Ids in one request for loose transactions, of both kinds together. */
export const MAX_TRANSACTIONS_ASKED = 256
/** Ids in one inventory. */
export const MAX_INVENTORY = 50_000
/** Fee rates cross the wire in base units for so many virtual bytes (as in BIP133). */
export const FEE_RATE_UNIT = 1_000
export const MAX_FEE_RATE = 0xffff_ffff

/**
 * A request is at most a block hash and the indexes of all its transactions: written as differences these take no more
 * bytes than there are transactions (19,607).
 */
export const MAX_REQUEST_BYTES = 20_480
/** A response is at most a block's transactions, with the 5 bytes around them. */
export const MAX_RESPONSE_BYTES = MAX_BLOCK_BYTES + 16

const MAX_INBOUND_STREAMS = 4

/** What a server takes: requests. */
export const SERVER_LIMITS: ProtocolLimits = {
  maxFrame: MAX_REQUEST_BYTES,
  maxInboundStreams: MAX_INBOUND_STREAMS,
}
/** What a client takes: responses. */
export const CLIENT_LIMITS: ProtocolLimits = {
  maxFrame: MAX_RESPONSE_BYTES,
  maxInboundStreams: MAX_INBOUND_STREAMS,
}

/** Requests that are being answered at once to one peer, and to all of them before each has only one. */
export const MAX_TURNS_PER_PEER = 2
export const MAX_TURNS = 64

/** How long a server that is putting the block together itself waits for it before it says `not_found`. */
export const BLOCK_WAIT_MS = 3_000
/** A client gives up a stream that cannot be opened, or a request that is not taken, within this. */
export const REQUEST_TIMEOUT_MS = 5_000
/** A client gives up an answer whose next frame takes longer than this. */
export const FRAME_TIMEOUT_MS = 10_000
/** Inventories that a peer gets as fast as it asks; each further one waits for this long to have passed. */
export const INVENTORY_BURST = 4
export const INVENTORY_INTERVAL_MS = 5_000
/** A client closes a stream that it has not used for so long. */
export const KEEP_STREAM_MS = 60_000
/** A server ends a stream on which no request comes for so long. */
export const IDLE_TIMEOUT_MS = 120_000
/** A server resets a stream whose peer does not take a frame within this. */
export const SEND_TIMEOUT_MS = 60_000
