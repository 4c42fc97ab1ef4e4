import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import type { PeerId } from '../ports/transport.ts'
import type { TopicRate } from './topic-rates.ts'

type ScoreParameters = NonNullable<GossipsubOpts['scoreParams']>
type ScoreThresholds = NonNullable<GossipsubOpts['scoreThresholds']>
type TopicScoreParameters = NonNullable<ScoreParameters['topics']>[string]

/** How often the counters decay. */
const DECAY_INTERVAL_MS = 1_000
/** A counter below this counts as zero. */
const DECAY_TO_ZERO = 0.01

/** The factor, applied every interval, that takes a counter of 1 to zero in so many seconds. */
const decayOver = (seconds: number): number => DECAY_TO_ZERO ** (DECAY_INTERVAL_MS / 1_000 / seconds)

/** Where a counter that decays so comes to rest when so much is added each second. */
const convergence = (decay: number, perSecond: number): number =>
  (perSecond * DECAY_INTERVAL_MS) / 1_000 / (1 - decay)

/** What a peer can gain on a topic by staying in the mesh, and by being the first to bring valid messages. */
const MAX_MESH_SCORE = 10
const MAX_DELIVERY_SCORE = 20
const TOPICS = 2
const MAX_POSITIVE_SCORE = TOPICS * (MAX_MESH_SCORE + MAX_DELIVERY_SCORE)
/**
 * What a peer can lose by bringing nothing (P3). Less than an hour in the mesh gains, and counted only after that: one
 * that has nobody but us to hear from stays, and where the mesh is full it goes first.
 */
const MAX_LAZY_SCORE = -0.8 * MAX_MESH_SCORE

const MESH_SECONDS_THAT_COUNT = 3_600
/** Counters of deliveries forget what is so many messages ago. */
const MESSAGES_REMEMBERED = 100
/** but nothing sooner than this, nor later */
const LEAST_MEMORY_S = 600
const MOST_MEMORY_S = 24 * 3_600
/** gossipsub's D: so many share in being first. */
const MESH_PEERS = 6
/** Who is first twice as often as its share has all that there is to gain. */
const BEST_SHARE = 2
/** A peer is lazy that brings less than this part of the messages, first or after others. */
const LAZY_SHARE = 0.05
/** What comes so long after it was validated does not count as brought. */
const DELIVERY_WINDOW_MS = 2_000

/** Where nobody knows how many messages there will be. */
const UNKNOWN_RATE = { memorySeconds: 1_800, deliveriesCap: 40 }

function firstDeliveries(rate: TopicRate | undefined): { decay: number; cap: number } {
  if (rate === undefined)
    return { decay: decayOver(UNKNOWN_RATE.memorySeconds), cap: UNKNOWN_RATE.deliveriesCap }
  const decay = decayOver(memorySeconds(rate))
  return { decay, cap: Math.max(1, convergence(decay, (BEST_SHARE * rate.messagesPerSecond) / MESH_PEERS)) }
}

const memorySeconds = ({ messagesPerSecond }: TopicRate): number =>
  Math.min(MOST_MEMORY_S, Math.max(LEAST_MEMORY_S, MESSAGES_REMEMBERED / messagesPerSecond))

/** P3 for topics of which everybody has every message; a payment may be unknown to a good peer, and a night quiet. */
function lazyParameters(rate: TopicRate | undefined) {
  if (rate === undefined || !rate.isSteady)
    return {
      meshMessageDeliveriesWeight: 0,
      meshMessageDeliveriesDecay: decayOver(UNKNOWN_RATE.memorySeconds),
      meshMessageDeliveriesCap: 1,
      meshMessageDeliveriesThreshold: 1,
      meshMessageDeliveriesActivation: MESH_SECONDS_THAT_COUNT * 1_000,
    }
  const memory = memorySeconds(rate)
  const decay = decayOver(memory)
  const threshold = LAZY_SHARE * convergence(decay, rate.messagesPerSecond)
  return {
    meshMessageDeliveriesWeight: MAX_LAZY_SCORE / threshold ** 2,
    meshMessageDeliveriesDecay: decay,
    meshMessageDeliveriesCap: Math.max(2, 4 * threshold),
    meshMessageDeliveriesThreshold: threshold,
    // The counter has come to rest by then, and the hour in the mesh is over.
    meshMessageDeliveriesActivation: Math.max(memory, MESH_SECONDS_THAT_COUNT) * 1_000,
  }
}

/** The parameters of a topic on which so much is expected; the derivation is in the README. */
export function topicScores(rate: TopicRate | undefined): TopicScoreParameters {
  const first = firstDeliveries(rate)
  return {
    topicWeight: 1,

    timeInMeshQuantum: 1_000,
    timeInMeshCap: MESH_SECONDS_THAT_COUNT,
    timeInMeshWeight: MAX_MESH_SCORE / MESH_SECONDS_THAT_COUNT,

    firstMessageDeliveriesDecay: first.decay,
    firstMessageDeliveriesCap: first.cap,
    firstMessageDeliveriesWeight: MAX_DELIVERY_SCORE / first.cap,

    ...lazyParameters(rate),
    meshMessageDeliveriesWindow: DELIVERY_WINDOW_MS,
    // A peer that leaves the mesh owes nothing: what it lacked would follow a slow one for hours.
    meshFailurePenaltyWeight: 0,
    meshFailurePenaltyDecay: decayOver(LEAST_MEMORY_S),

    // Costs its square: a good record outweighs one invalid message, and not three.
    invalidMessageDeliveriesWeight: -MAX_POSITIVE_SCORE / 3,
    invalidMessageDeliveriesDecay: decayOver(3_600),
  }
}

export const SCORE_THRESHOLDS: ScoreThresholds = {
  gossipThreshold: -10,
  publishThreshold: -50,
  graylistThreshold: -80,
  // No peer exchange in gossip: the DHT finds peers.
  acceptPXThreshold: 1_000,
  opportunisticGraftThreshold: 2,
}

/** A few requests that were not answered happen to everyone, and cost nothing in gossip. */
const TOLERATED_FAULTS = 10

/** @param faultScore - at most 0: what a peer's faults have cost it */
export const peerScores = (faultScore: (peer: PeerId) => number): ScoreParameters => ({
  // Each topic has its parameters from the moment of its subscription.
  topics: {},
  topicScoreCap: MAX_POSITIVE_SCORE,
  appSpecificScore: (peer) => Math.min(0, faultScore(peer as PeerId) + TOLERATED_FAULTS),
  appSpecificWeight: 1,
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
})
