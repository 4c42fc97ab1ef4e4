import { peerScores, SCORE_THRESHOLDS, topicScores } from '../../src/network/gossip-scores.ts'
import { topicRates } from '../../src/network/topic-rates.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { GossipMessage } from './gossip-message.ts'
import { SIM_NETWORK } from './history.ts'
import type { LinkEnd } from './sim-links.ts'

type TopicParameters = ReturnType<typeof topicScores>

/** What a node has counted of a peer on one topic. */
interface TopicRecord {
  readonly parameters: TopicParameters
  firstDeliveries: number
  invalid: number
  /** virtual time as of which the two have decayed */
  asOf: number
  /** virtual milliseconds; undefined while it is not in the mesh */
  meshSince: number | undefined
  /** virtual time before which it is not grafted again */
  graftAfter: number
}

/** A connected peer as gossip sees it. */
export interface GossipPeer {
  readonly peer: PeerId
  readonly end: LinkEnd
  readonly topics: Map<string, TopicRecord>
  /** messages that it has announced, sent or been sent */
  readonly has: Set<GossipMessage>
  /** it has sent something invalid, or misbehaved */
  hasErred: boolean
  behaviour: number
  behaviourAsOf: number
  /** messages that it was sent for IWANT, and IHAVE messages that it sent, in the heartbeat `beat` */
  asked: number
  announced: number
  beat: number
}

const RATES = topicRates(SIM_NETWORK)
const PARAMETERS = new Map([...RATES].map(([topic, rate]) => [topic, topicScores(rate)]))
const UNKNOWN = topicScores(undefined)
const PEER = peerScores(() => 0)

export const createGossipPeer = (end: LinkEnd): GossipPeer => ({
  peer: end.connection.peer,
  end,
  topics: new Map(),
  has: new Set(),
  hasErred: false,
  behaviour: 0,
  behaviourAsOf: 0,
  asked: 0,
  announced: 0,
  beat: 0,
})

export function recordOf(peer: GossipPeer, topic: string): TopicRecord {
  const known = peer.topics.get(topic)
  if (known !== undefined) return known
  const parameters = PARAMETERS.get(topic) ?? UNKNOWN
  const record = { parameters, firstDeliveries: 0, invalid: 0, asOf: 0, meshSince: undefined, graftAfter: 0 }
  peer.topics.set(topic, record)
  return record
}

/** gossipsub 1.1's score, with the parameters that the host gives to libp2p; without P3, which needs hours. */
export function scoreOf(peer: GossipPeer, now: number, faultScore: number): number {
  let topics = 0
  for (const record of peer.topics.values()) {
    settle(record, now)
    const { parameters: p, firstDeliveries, invalid, meshSince } = record
    const inMesh = meshSince === undefined ? 0 : (now - meshSince) / p.timeInMeshQuantum!
    topics +=
      p.topicWeight! *
      (Math.min(inMesh, p.timeInMeshCap!) * p.timeInMeshWeight! +
        firstDeliveries * p.firstMessageDeliveriesWeight! +
        invalid ** 2 * p.invalidMessageDeliveriesWeight!)
  }
  settleBehaviour(peer, now)
  const behaviour = Math.max(0, peer.behaviour - PEER.behaviourPenaltyThreshold!)
  // What `peerScores` computes of the faults.
  const faults = Math.min(0, faultScore + 10) * PEER.appSpecificWeight!
  return Math.min(topics, PEER.topicScoreCap!) + faults + behaviour ** 2 * PEER.behaviourPenaltyWeight!
}

/** Whether the score may be below zero: nothing else takes it there. */
export const isSuspect = (peer: GossipPeer, faultScore: number): boolean => peer.hasErred || faultScore < 0

/** Whole decay intervals since `asOf`: gossipsub lets its counters decay in each, here they do when they are looked at. */
const intervals = (asOf: number, now: number): number => Math.floor((now - asOf) / PEER.decayInterval!)

const decayed = (value: number, factor: number, times: number): number => {
  const left = value * factor ** times
  return left < PEER.decayToZero! ? 0 : left
}

function settle(record: TopicRecord, now: number): void {
  const times = intervals(record.asOf, now)
  if (times === 0) return
  const { parameters: p } = record
  record.firstDeliveries = decayed(record.firstDeliveries, p.firstMessageDeliveriesDecay!, times)
  record.invalid = decayed(record.invalid, p.invalidMessageDeliveriesDecay!, times)
  record.asOf += times * PEER.decayInterval!
}

/** A valid message came from the peer first. */
export function noteDelivery(peer: GossipPeer, topic: string, now: number): void {
  const record = recordOf(peer, topic)
  settle(record, now)
  record.firstDeliveries = Math.min(record.firstDeliveries + 1, record.parameters.firstMessageDeliveriesCap!)
}

export function noteInvalid(peer: GossipPeer, topic: string, now: number): void {
  const record = recordOf(peer, topic)
  settle(record, now)
  record.invalid += 1
  peer.hasErred = true
}

/** The peer was grafted too early. */
export function noteMisbehaviour(peer: GossipPeer, now: number): void {
  settleBehaviour(peer, now)
  peer.behaviour += 1
  peer.hasErred = true
}

function settleBehaviour(peer: GossipPeer, now: number): void {
  const times = intervals(peer.behaviourAsOf, now)
  peer.behaviour = decayed(peer.behaviour, PEER.behaviourPenaltyDecay!, times)
  peer.behaviourAsOf += times * PEER.decayInterval!
}

/** Begins to count what the peer asks and announces anew in each heartbeat. */
export function countInBeat(peer: GossipPeer, beat: number): GossipPeer {
  if (peer.beat !== beat) {
    peer.beat = beat
    peer.asked = 0
    peer.announced = 0
  }
  return peer
}

export const isGraylisted = (score: number): boolean => score < SCORE_THRESHOLDS.graylistThreshold!
export const mayGossip = (score: number): boolean => score >= SCORE_THRESHOLDS.gossipThreshold!
export const mayPublish = (score: number): boolean => score >= SCORE_THRESHOLDS.publishThreshold!
