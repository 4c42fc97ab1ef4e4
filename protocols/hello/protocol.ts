import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { ProtocolLimits } from '../../src/ports/transport.ts'
import { protocolId } from '../protocol-id.ts'

export const helloProtocol = (network: Pick<NetworkParameters, 'id'>): string =>
  protocolId(network, 'hello', '1.0.0')

/** The version that we say, and the least that we accept. */
export const HELLO_VERSION = 1

export const MAX_HELLO_BYTES = 1024
export const MAX_USER_AGENT_BYTES = 256

export const HELLO_LIMITS: ProtocolLimits = { maxFrame: MAX_HELLO_BYTES, maxInboundStreams: 2 }

/** From the connection to the other side's hello; also the longest that one exchange may take. */
export const HELLO_TIMEOUT_MS = 10_000

/** After so long without a hello the side that was dialled asks for it. */
export const HELLO_PATIENCE_MS = 3_000

/** Bit 0 of `services`: keeps all blocks of its best chain and serves them by the sync protocol. */
export const SERVICE_BLOCKS = 1n
/** Bit 1: does so with the last `RECENT_BLOCKS` of them, as BIP159's NODE_NETWORK_LIMITED. */
export const SERVICE_RECENT_BLOCKS = 2n
/** The tip and those below it. */
export const RECENT_BLOCKS = 288
