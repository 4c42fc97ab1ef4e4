import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { ProtocolLimits } from '../../src/ports/transport.ts'
import { MAX_BLOCK_BYTES } from '../../src/primitives/block.ts'
import { protocolId } from '../protocol-id.ts'

export const syncProtocol = (network: Pick<NetworkParameters, 'id'>): string =>
  protocolId(network, 'sync', '1.0.0')

export const MAX_LOCATOR_HASHES = 64
export const MAX_HEADERS = 2_000
export const MAX_BLOCKS_ASKED = 16

/** A request is at most a locator and a stop: 65 hashes with 2 bytes around each. */
export const MAX_REQUEST_BYTES = 4_096
/** A response is at most one block with the 5 bytes around it. */
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
export const MAX_TURNS = 32

/** A client gives up a stream that cannot be opened, or a request that is not taken, within this. */
export const REQUEST_TIMEOUT_MS = 5_000
/** A client gives up an answer whose next frame takes longer than this. */
export const FRAME_TIMEOUT_MS = 10_000
/** A client closes a stream that it has not used for so long. */
export const KEEP_STREAM_MS = 15_000
/** A server ends a stream on which no request comes for so long. */
export const IDLE_TIMEOUT_MS = 120_000
/** A server resets a stream whose peer does not take a frame within this. */
export const SEND_TIMEOUT_MS = 60_000
