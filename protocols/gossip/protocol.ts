import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { topicName } from '../protocol-id.ts'

type Network = Pick<NetworkParameters, 'id'>

export const transactionTopic = (network: Network): string => topicName(network, 'tx', 1)
export const blockTopic = (network: Network): string => topicName(network, 'block', 1)

/** A transaction of more bytes is not relayed (it may still be mined). Its weight would be at least this. */
export const MAX_RELAYED_TRANSACTION_BYTES = 400_000

/** A compact block of more bytes is announced by its header alone: each node would receive it several times. */
export const MAX_PUSHED_COMPACT_BYTES = 4_096

/** Tag and length around the bytes field of a message. */
const ENVELOPE_BYTES = 6

export const MAX_TRANSACTION_MESSAGE_BYTES = MAX_RELAYED_TRANSACTION_BYTES + ENVELOPE_BYTES
export const MAX_BLOCK_MESSAGE_BYTES = MAX_PUSHED_COMPACT_BYTES + ENVELOPE_BYTES
