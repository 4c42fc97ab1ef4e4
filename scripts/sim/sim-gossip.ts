import { invariant } from '../../src/base/errors.ts'
import { shuffled } from '../../src/ports/random.ts'
import type { PeerId, TopicValidator, TopicVerdict } from '../../src/ports/transport.ts'
import type { Chance } from './chance.ts'
import { createMesh, type Mesh } from './gossip-mesh.ts'
import type { GossipMessage, GossipMessages } from './gossip-message.ts'
import {
  countInBeat,
  createGossipPeer,
  type GossipPeer,
  isGraylisted,
  isSuspect,
  mayGossip,
  mayPublish,
  noteDelivery,
  noteInvalid,
  noteMisbehaviour,
  scoreOf,
} from './gossip-peer.ts'
import type { LinkEnd, LinkHost } from './sim-links.ts'
import { TRACE, type Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Wire } from './wire.ts'

/** gossipsub's defaults, and what `src/network/gossip.ts` sets. */
const D_LAZY = 6
const HEARTBEAT_MS = 1_000
const HISTORY_BEATS = 5
const GOSSIP_BEATS = 3
const SEEN_MS = 120_000
const MAX_FLOOD_BYTES = 128 * 1024
const IDONTWANT_BYTES = 512
const MAX_IHAVE_A_BEAT = 10
const MAX_IWANT_A_BEAT = 5_000
const MAX_VALIDATING_BYTES = 16 * 1024 * 1024

/** Sizes on the wire, roughly. */
const ID_BYTES = 22
const CONTROL_BYTES = 40

interface Topic {
  readonly maxBytes: number
  readonly validator: TopicValidator
  readonly mesh: Mesh
}

export type GossipOutcome = 'first' | 'duplicate' | 'control'

export interface GossipMeter {
  /** of a message that has come in */
  arrived(host: LinkHost, topic: string, bytes: number, outcome: GossipOutcome): void
}

/** A model of gossipsub 1.1 with the host's settings: see the README for what is left out. */
export interface SimGossip {
  subscribe(topic: string, maxBytes: number, validator: TopicValidator): () => void
  publish(topic: string, message: Uint8Array): Promise<number>
  joined(end: LinkEnd): void
  left(peer: PeerId): void
  start(): void
  isSubscribed(topic: string): boolean
  /** bytes of messages that are held for peers that may ask */
  cachedBytes(): number
  receive(from: PeerId, message: GossipMessage): boolean
  control(from: PeerId, control: Control): boolean
}

export type Control =
  | { readonly kind: 'graft' | 'prune'; readonly topic: string }
  | { readonly kind: 'ihave' | 'iwant'; readonly messages: readonly GossipMessage[] }
  | { readonly kind: 'idontwant'; readonly message: GossipMessage }

export interface SimGossipDependencies {
  readonly host: LinkHost
  readonly time: VirtualTime
  readonly wire: Wire
  readonly trace: Trace
  readonly chance: Chance
  readonly messages: GossipMessages
  readonly meter: GossipMeter
  readonly gossipOf: (host: LinkHost) => SimGossip
  /** at most 0: what the peer's faults have cost it */
  readonly faultScore: (peer: PeerId) => number
  readonly onGraylisted: (peer: PeerId) => void
}

const VERDICTS: Readonly<Record<TopicVerdict, number>> = { accept: 1, ignore: 2, reject: 3 }

export function createSimGossip(dependencies: SimGossipDependencies): SimGossip {
  const { host, time, wire, trace, chance, messages, meter, gossipOf } = dependencies
  const topics = new Map<string, Topic>()
  const peers = new Map<PeerId, GossipPeer>()
  const validating = new Map<PeerId, number>()
  /** what may be asked for, by heartbeat, the newest first */
  const history: GossipMessage[][] = [[]]
  const cached = new Set<GossipMessage>()
  let seen = new Set<GossipMessage>()
  let seenBefore = new Set<GossipMessage>()
  let forgetAt = 0
  let beat = 0

  const worth = (peer: GossipPeer): number => scoreOf(peer, time.now, dependencies.faultScore(peer.peer))
  /** The score where that may matter: what is not suspect passes every threshold. */
  const least = (peer: GossipPeer): number =>
    isSuspect(peer, dependencies.faultScore(peer.peer)) ? worth(peer) : 0
  const hasSeen = (message: GossipMessage): boolean => seen.has(message) || seenBefore.has(message)

  function sendMessage({ end, has }: GossipPeer, message: GossipMessage): void {
    has.add(message)
    const size = message.data.length + message.topic.length + 8
    wire.sendLoose(host.socket, end.other.socket, size, (lost) => {
      if (!end.twin.open || !end.other.alive) return false
      if (!lost) return gossipOf(end.other).receive(host.self, message)
      trace.note(TRACE.lost, end.other.index, message.digest)
      return false
    })
  }

  function sendControl({ end }: GossipPeer, control: Control): void {
    const ids = 'messages' in control ? control.messages.length : 1
    const size = CONTROL_BYTES + ids * ID_BYTES
    wire.sendLoose(host.socket, end.other.socket, size, (lost) => {
      if (lost || !end.twin.open || !end.other.alive) return false
      meter.arrived(end.other, '', size, 'control')
      return gossipOf(end.other).control(host.self, control)
    })
  }

  const inTopic = (name: string): GossipPeer[] =>
    [...peers.values()].filter(({ end }) => gossipOf(end.other).isSubscribed(name))

  function remember(message: GossipMessage): void {
    seen.add(message)
    cached.add(message)
    history[0]!.push(message)
  }

  function forward(message: GossipMessage, topic: Topic): void {
    for (const peer of topic.mesh.members) if (!peer.has.has(message)) sendMessage(peer, message)
  }

  async function judge(topic: Topic, message: GossipMessage, peer: GossipPeer): Promise<void> {
    const { length } = message.data
    const others = validating.get(peer.peer) ?? 0
    if (others + length > MAX_VALIDATING_BYTES) return
    validating.set(peer.peer, others + length)
    const verdict = await topic.validator(message.data, peer.peer)
    const left = validating.get(peer.peer)! - length
    if (left > 0) validating.set(peer.peer, left)
    else validating.delete(peer.peer)
    if (!host.alive) return
    trace.note(TRACE.verdict, host.index, message.digest ^ VERDICTS[verdict])
    if (verdict === 'reject') noteInvalid(peer, message.topic, time.now)
    if (verdict !== 'accept') return
    noteDelivery(peer, message.topic, time.now)
    cached.add(message)
    history[0]!.push(message)
    forward(message, topic)
  }

  /** Tells a few peers outside the mesh what there was lately. */
  function gossipAbout(name: string, { members }: Mesh): void {
    const recent: GossipMessage[] = []
    for (let i = 0; i < GOSSIP_BEATS; i++)
      for (const message of history[i] ?? []) if (message.topic === name) recent.push(message)
    if (recent.length === 0) return
    const others = inTopic(name).filter((peer) => !members.has(peer) && mayGossip(least(peer)))
    const count = Math.max(D_LAZY, Math.floor(others.length / 4))
    for (const peer of shuffled(chance, others).slice(0, count))
      sendControl(peer, { kind: 'ihave', messages: recent })
  }

  function heartbeat(): void {
    beat += 1
    for (const peer of peers.values()) if (isGraylisted(least(peer))) dependencies.onGraylisted(peer.peer)
    for (const [name, { mesh }] of topics) {
      mesh.maintain()
      gossipAbout(name, mesh)
    }
    history.unshift([])
    if (history.length > HISTORY_BEATS)
      for (const message of history.pop()!) {
        cached.delete(message)
        for (const { has } of peers.values()) has.delete(message)
      }
    if (time.now < forgetAt) return
    forgetAt = time.now + SEEN_MS
    seenBefore = seen
    seen = new Set()
    for (const { has } of peers.values()) has.clear()
  }

  const beatLater = (ms: number): void =>
    void time.after(ms, () => {
      if (!host.alive) return false
      heartbeat()
      beatLater(HEARTBEAT_MS)
      return true
    })

  function receive(from: PeerId, message: GossipMessage): boolean {
    const peer = peers.get(from)
    const topic = topics.get(message.topic)
    const { length } = message.data
    if (peer === undefined || topic === undefined || length > topic.maxBytes) return false
    trace.note(TRACE.delivered, host.index, message.digest)
    peer.has.add(message)
    if (hasSeen(message)) {
      meter.arrived(host, message.topic, length, 'duplicate')
      return false
    }
    if (isGraylisted(least(peer))) return false
    meter.arrived(host, message.topic, length, 'first')
    seen.add(message)
    if (length >= IDONTWANT_BYTES)
      for (const each of topic.mesh.members)
        if (each !== peer && !each.has.has(message)) sendControl(each, { kind: 'idontwant', message })
    void judge(topic, message, peer)
    return true
  }

  function control(from: PeerId, received: Control): boolean {
    const peer = peers.get(from)
    if (peer === undefined || isGraylisted(least(peer))) return false
    switch (received.kind) {
      case 'idontwant':
        peer.has.add(received.message)
        break
      case 'ihave': {
        countInBeat(peer, beat).announced += 1
        if (peer.announced > MAX_IHAVE_A_BEAT || !mayGossip(least(peer))) break
        const wanted = received.messages.filter((message) => !hasSeen(message) && topics.has(message.topic))
        if (wanted.length > 0) sendControl(peer, { kind: 'iwant', messages: wanted })
        break
      }
      case 'iwant':
        for (const message of received.messages) {
          if (!cached.has(message) || countInBeat(peer, beat).asked >= MAX_IWANT_A_BEAT) continue
          peer.asked += 1
          sendMessage(peer, message)
        }
        break
      case 'graft':
        if (topics.get(received.topic)?.mesh.grafted(peer)) noteMisbehaviour(peer, time.now)
        break
      case 'prune':
        topics.get(received.topic)?.mesh.pruned(peer)
    }
    return false
  }

  return {
    receive,
    control,
    isSubscribed: (name) => topics.has(name),
    subscribe(name, maxBytes, validator) {
      invariant(!topics.has(name), `one subscription a topic: ${name}`)
      const mesh = createMesh(name, {
        now: () => time.now,
        chance,
        score: worth,
        isBad: (peer) => least(peer) < 0,
        inTopic: () => inTopic(name),
        tell: (peer, kind) => sendControl(peer, { kind, topic: name }),
      })
      topics.set(name, { maxBytes, validator, mesh })
      return () => topics.delete(name)
    },
    async publish(name, data) {
      const message = messages.of(name, data)
      if (hasSeen(message)) return 0
      const receivers =
        data.length <= MAX_FLOOD_BYTES
          ? inTopic(name).filter((peer) => mayPublish(least(peer)))
          : [...(topics.get(name)?.mesh.members ?? [])]
      if (receivers.length === 0) return 0
      remember(message)
      for (const peer of receivers) sendMessage(peer, message)
      return receivers.length
    },
    joined: (end) => void peers.set(end.connection.peer, createGossipPeer(end)),
    left(id) {
      const peer = peers.get(id)
      if (peer === undefined) return
      peers.delete(id)
      for (const { mesh } of topics.values()) mesh.left(peer)
    },
    start: () => beatLater(HEARTBEAT_MS * chance.fraction()),
    cachedBytes() {
      let bytes = 0
      for (const { data } of cached) bytes += data.length
      return bytes
    },
  }
}
