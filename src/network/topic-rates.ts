import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { MAX_BLOCK_WEIGHT } from '../consensus/limits.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'

/** What is to be expected on a topic. */
export interface TopicRate {
  /** messages that are new, on average */
  readonly messagesPerSecond: number
  /** whether everyone in the mesh has each of them to hand on */
  readonly isSteady: boolean
}

/** One input and two outputs to witness key hashes: a payment with change. */
const PAYMENT_WEIGHT = 561
/** Of what fits into blocks, this much is expected. */
const EXPECTED_LOAD = 0.1

/** The rates that follow from a network's block spacing, by topic; none where it has no spacing. */
export function topicRates(
  network: Pick<NetworkParameters, 'id' | 'spacing'>,
): ReadonlyMap<string, TopicRate> {
  const { spacing } = network
  if (spacing === null) return new Map()
  const payments = (EXPECTED_LOAD * MAX_BLOCK_WEIGHT) / PAYMENT_WEIGHT / spacing
  return new Map([
    [blockTopic(network), { messagesPerSecond: 1 / spacing, isSteady: true }],
    // Pools differ, by policy and by size: who does not hand on a payment may not have taken it.
    [transactionTopic(network), { messagesPerSecond: payments, isSteady: false }],
  ])
}
