import type { GossipSub, GossipsubOpts, Message } from '@chainsafe/libp2p-gossipsub'
import { StrictNoSign, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { concatBytes } from '../base/bytes.ts'
import { CairnError, errorMessage, invariant } from '../base/errors.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId, TopicCounts, TopicValidator, TopicVerdict } from '../ports/transport.ts'
import { sha256 } from '../primitives/hash.ts'
import { guardTopics } from './gossip-guard.ts'
import { peerScores, SCORE_THRESHOLDS, topicScores } from './gossip-scores.ts'
import type { TopicRate } from './topic-rates.ts'

/** The longest message of gossipsub itself, which may carry several of ours. */
const MAX_RPC_BYTES = 8 * 1024 * 1024
/** Bytes that wait for one peer; then its stream is reset, and a peer without it is hung up on. */
const MAX_WAITING_BYTES = 12 * 1024 * 1024
/** Bytes of one peer's messages in validation; the next ones are dropped without blame. */
const MAX_VALIDATING_BYTES = 16 * 1024 * 1024
/** The same of all peers' together. */
const MAX_ALL_VALIDATING_BYTES = 64 * 1024 * 1024
/** Up to here a message of ours goes to every peer of the topic at once, beyond it to the mesh. */
const MAX_FLOOD_BYTES = 128 * 1024
/** Below this, JavaScript hashes sooner than a thread can be asked to. */
const MAX_INLINE_HASH_BYTES = 2 * 1024
const MESSAGE_ID_BYTES = 20
/** Heartbeats, a second each, that a peer may be without the stream on which we send to it. */
const MAX_BEATS_WITHOUT_STREAM = 10

const NONE: TopicCounts = { accept: 0, ignore: 0, reject: 0 }

const RESULTS: Readonly<Record<TopicVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** What the class has beyond the interface that its package exports. */
interface ScoringGossipSub extends Omit<GossipSub, 'publish'> {
  readonly score: {
    score(peer: string): number
    readonly params: { readonly topics: Record<string, unknown> }
  }
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  publish(
    topic: string,
    message: Uint8Array,
    options?: { readonly floodPublish?: boolean },
  ): Promise<{ readonly recipients: readonly unknown[] }>
}

interface Topic {
  readonly maxBytes: number
  readonly validator: TopicValidator
}

/** Topics over gossipsub, validated, bounded, and without peers that are not worth their place. */
export interface Gossip {
  /** for the gossipsub that is handed to `attach` */
  readonly options: Partial<GossipsubOpts>
  /** Takes up the topics subscribed to so far; `pubsub` has been started. */
  attach(pubsub: GossipSub): void
  /** Before gossipsub is stopped; it leaves its topics by itself. */
  detach(): void
  subscribe(topic: string, maxBytes: number, validator: TopicValidator): () => void
  /** 0 for a peer that is not connected */
  score(peer: PeerId): number
  /** messages that were judged, by topic */
  counts(): ReadonlyMap<string, TopicCounts>
  /** Rejects with `not-started` before `attach`. */
  publish(topic: string, message: Uint8Array): Promise<number>
}

export interface GossipDependencies {
  readonly logger: Logger
  readonly isConnected: (peer: PeerId) => boolean
  /** at most 0: what a peer's faults have cost it */
  readonly faultScore: (peer: PeerId) => number
  /** a peer whose score is below the graylist, or that takes none of our messages any more */
  readonly onUnworthy: (peer: PeerId, reason: 'graylisted' | 'gossip stream lost') => void
}

const utf8 = new TextEncoder()

/**
 * A message's id: its topic and content. The topic is part of it, since otherwise a block sent as a transaction, and
 * rejected as one, would have been seen when it comes as a block.
 */
async function messageId({ topic, data }: Message): Promise<Uint8Array> {
  const inline = data.length <= MAX_INLINE_HASH_BYTES || globalThis.crypto?.subtle === undefined
  const content = inline
    ? sha256(data)
    : new Uint8Array(await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>))
  return sha256(concatBytes(utf8.encode(topic), content)).subarray(0, MESSAGE_ID_BYTES)
}

/** @param rates - what is expected on topics, where that is known */
export function createGossip(
  rates: ReadonlyMap<string, TopicRate>,
  { logger, isConnected, faultScore, onUnworthy }: GossipDependencies,
): Gossip {
  const topics = new Map<string, Topic>()
  const validating = new Map<PeerId, number>()
  let allValidating = 0
  /** peers that we have had a stream to, with the heartbeats since it was lost */
  const beatsWithoutStream = new Map<PeerId, number>()
  const counts = new Map<string, TopicCounts>()
  let attached: ScoringGossipSub | undefined

  /** Runs before a message is hashed, cached or remembered: what throws here leaves no trace. */
  function checkSize(name: string, data: Uint8Array): Uint8Array {
    const topic = topics.get(name)
    if (topic === undefined) throw new CairnError('topic-unknown', 'a message of a topic that we are not in')
    if (data.length > topic.maxBytes)
      throw new CairnError('message-too-long', 'a message is longer than its topic allows')
    return data
  }

  async function validate({ validator }: Topic, data: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const others = validating.get(from) ?? 0
    if (others + data.length > MAX_VALIDATING_BYTES || allValidating + data.length > MAX_ALL_VALIDATING_BYTES)
      return 'ignore'
    allValidating += data.length
    validating.set(from, others + data.length)
    try {
      // A copy: the message is a view of everything that came with it.
      return await validator(new Uint8Array(data), from)
    } catch (error) {
      logger.error('gossip validator failed', { error: errorMessage(error) })
      return 'ignore'
    } finally {
      allValidating -= data.length
      const left = validating.get(from)! - data.length
      if (left > 0) validating.set(from, left)
      else validating.delete(from)
    }
  }

  async function judge(name: string, topic: Topic, data: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const verdict = await validate(topic, data, from)
    const before = counts.get(name) ?? NONE
    counts.set(name, { ...before, [verdict]: before[verdict] + 1 })
    return verdict
  }

  function join(pubsub: ScoringGossipSub, name: string, topic: Topic): void {
    pubsub.score.params.topics[name] = topicScores(rates.get(name))
    pubsub.topicValidators.set(
      name,
      async (from, { data }) => RESULTS[await judge(name, topic, data, from.toString() as PeerId)],
    )
    pubsub.subscribe(name)
  }

  function inspect({ score, streamsOutbound }: ScoringGossipSub): void {
    for (const peer of streamsOutbound.keys() as Iterable<PeerId>) {
      beatsWithoutStream.set(peer, 0)
      // A peer that is graylisted is only ignored: it would keep its place among our connections.
      if (score.score(peer) < SCORE_THRESHOLDS.graylistThreshold!) onUnworthy(peer, 'graylisted')
    }
    for (const [peer, beats] of beatsWithoutStream) {
      if (!isConnected(peer)) beatsWithoutStream.delete(peer)
      else if (beats >= MAX_BEATS_WITHOUT_STREAM) {
        beatsWithoutStream.delete(peer)
        onUnworthy(peer, 'gossip stream lost')
      } else if (!streamsOutbound.has(peer)) beatsWithoutStream.set(peer, beats + 1)
    }
  }

  return {
    options: {
      globalSignaturePolicy: StrictNoSign,
      fallbackToFloodsub: false,
      ignoreDuplicatePublishError: true,
      batchPublish: true,
      emitSelf: false,
      doPX: false,
      tagMeshPeers: false,
      msgIdFn: messageId,
      dataTransform: { inboundTransform: checkSize, outboundTransform: (_topic, data) => data },
      scoreParams: peerScores(faultScore),
      scoreThresholds: SCORE_THRESHOLDS,
      // A node that verifies a large block answers late without meaning harm.
      gossipsubIWantFollowupMs: 12_000,
      maxInboundDataLength: MAX_RPC_BYTES,
      maxOutboundBufferSize: MAX_WAITING_BYTES,
      maxTopicBytesPerPeer: 16 * 1024,
      maxInboundStreams: 2,
      maxOutboundStreams: 2,
    },
    attach(pubsub) {
      invariant('score' in pubsub && 'streamsOutbound' in pubsub, 'gossipsub scores its peers')
      const scoring = pubsub as ScoringGossipSub
      attached = scoring
      guardTopics(pubsub, (name) => topics.has(name))
      scoring.addEventListener('gossipsub:heartbeat', () => inspect(scoring))
      for (const [name, topic] of topics) join(scoring, name, topic)
    },
    detach() {
      attached = undefined
      beatsWithoutStream.clear()
    },
    subscribe(name, maxBytes, validator) {
      invariant(!topics.has(name), `one subscription a topic: ${name}`)
      const topic = { maxBytes, validator }
      topics.set(name, topic)
      if (attached !== undefined) join(attached, name, topic)
      return () => {
        if (!topics.delete(name) || attached === undefined) return
        attached.topicValidators.delete(name)
        attached.unsubscribe(name)
      }
    },
    score: (peer) => attached?.score.score(peer) ?? 0,
    counts: () => counts,
    async publish(name, message) {
      if (attached === undefined) throw new CairnError('not-started', 'the network has not been started')
      // Gossipsub remembers as published what no stream has taken, and would never send it again.
      const streams = attached.streamsOutbound
      if (!attached.getSubscribers(name).some((peer) => streams.has(peer.toString()))) return 0
      const floodPublish = message.length <= MAX_FLOOD_BYTES
      try {
        const { recipients } = await attached.publish(name, message, { floodPublish })
        return recipients.length
      } catch (error) {
        // Such a message has not been sent, and may be published again.
        if (errorMessage(error) === 'PublishError.NoPeersSubscribedToTopic') return 0
        throw error
      }
    },
  }
}
