import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'

type ScoreParameters = NonNullable<GossipsubOpts['scoreParams']>
type ScoreThresholds = NonNullable<GossipsubOpts['scoreThresholds']>
type TopicScoreParameters = NonNullable<ScoreParameters['topics']>[string]

/** How often the counters decay. */
const DECAY_INTERVAL_MS = 1_000
/** A counter below this counts as zero. */
const DECAY_TO_ZERO = 0.01

/** The factor, applied every interval, that takes a counter of 1 to zero in so many seconds. */
const decayOver = (seconds: number): number => DECAY_TO_ZERO ** (DECAY_INTERVAL_MS / 1_000 / seconds)

/** What a peer can gain by staying in the mesh, and by being the first to bring valid messages. */
const MAX_MESH_SCORE = 10
const MAX_DELIVERY_SCORE = 20

const MESH_HOURS_THAT_COUNT = 1
const DELIVERIES_THAT_COUNT = 40

/**
 * The same for every topic. An invalid message costs its square, so that a good record outweighs one and not three.
 * Deliveries that fail to come (P3) are not punished: between a block each half minute and bursts of payments there is
 * no rate that tells a lazy peer from a quiet network, and a wrong guess would punish everyone at night.
 */
export const TOPIC_SCORES: TopicScoreParameters = {
  topicWeight: 1,

  timeInMeshQuantum: 1_000,
  timeInMeshCap: MESH_HOURS_THAT_COUNT * 3_600,
  timeInMeshWeight: MAX_MESH_SCORE / (MESH_HOURS_THAT_COUNT * 3_600),

  firstMessageDeliveriesDecay: decayOver(1_800),
  firstMessageDeliveriesCap: DELIVERIES_THAT_COUNT,
  firstMessageDeliveriesWeight: MAX_DELIVERY_SCORE / DELIVERIES_THAT_COUNT,

  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: decayOver(60),
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 0,
  meshMessageDeliveriesActivation: 3_600_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: decayOver(60),

  invalidMessageDeliveriesWeight: -20,
  invalidMessageDeliveriesDecay: decayOver(3_600),
}

export const SCORE_THRESHOLDS: ScoreThresholds = {
  gossipThreshold: -10,
  publishThreshold: -50,
  graylistThreshold: -80,
  // No peer exchange in gossip: the DHT finds peers.
  acceptPXThreshold: 1_000,
  opportunisticGraftThreshold: 2,
}

export const PEER_SCORES: ScoreParameters = {
  // Each topic has its parameters from the moment of its subscription.
  topics: {},
  topicScoreCap: 2 * (MAX_MESH_SCORE + MAX_DELIVERY_SCORE),
  appSpecificScore: () => 0,
  appSpecificWeight: 0,
  // A test network's nodes all share the loopback address; elsewhere a crowd behind one address weighs less and less.
  IPColocationFactorWeight: -5,
  IPColocationFactorThreshold: 10,
  IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']),
  // Grafting too early and promises that were not kept; a busy machine is forgiven a few of them.
  behaviourPenaltyWeight: -10,
  behaviourPenaltyThreshold: 6,
  behaviourPenaltyDecay: decayOver(600),
  decayInterval: DECAY_INTERVAL_MS,
  decayToZero: DECAY_TO_ZERO,
  retainScore: 3_600_000,
}
