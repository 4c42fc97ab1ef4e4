import { toHex } from '../../src/base/bytes.ts'
import { createEmitter } from '../../src/base/emitter.ts'
import { CairnError } from '../../src/base/errors.ts'
import type {
  FrameStream,
  PeerConnection,
  PeerId,
  ProtocolLimits,
  StreamHandler,
  TopicValidator,
  TopicVerdict,
  Transport,
  TransportEvents,
} from '../../src/ports/transport.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { createFramePair } from './memory-stream.ts'

/** A node's place in a network without wires; what it did to its peers is kept for the test to look at. */
export interface MemoryTransport extends Transport {
  /** why peers were hung up on by us */
  readonly hungUp: Map<PeerId, string>
  readonly bans: Map<PeerId, { readonly until: number; readonly reason: string }>
  /** verdicts of our validators, in order */
  readonly verdicts: { readonly topic: string; readonly from: PeerId; readonly verdict: TopicVerdict }[]
  /** who brought what first, in order */
  readonly broughtBy: { readonly peer: PeerId; readonly what: 'block' | 'transaction' }[]
  /** streams that others have open to us */
  inboundStreams(): number
  /**
   * Dials; does nothing where the two are connected. Throws where one of them has banned the other. With `crossed`
   * they have dialled each other at once, and each goes by the connection that the other one made.
   */
  connect(other: MemoryTransport, options?: { readonly crossed?: boolean }): void
  /** Sends a message to one neighbour as if it came from the mesh; the neighbour's verdict. */
  sendTo(peer: PeerId, topic: string, message: Uint8Array): Promise<TopicVerdict | 'seen' | 'not-subscribed'>
}

export interface MemoryNetwork {
  join(name: string): MemoryTransport
}

interface Handler {
  readonly limits: ProtocolLimits
  readonly run: StreamHandler
}

interface Link {
  readonly connection: PeerConnection
  readonly other: Node
  readonly streams: Set<FrameStream>
}

/** What nodes of one network know of each other beyond the transport port. */
interface Node extends MemoryTransport {
  readonly links: Map<PeerId, Link>
  readonly handlers: Map<string, Handler>
  isSubscribed(topic: string): boolean
  link(other: Node, inbound: boolean): void
  unlink(peer: PeerId): void
  accept(from: Node, protocol: string, limits: ProtocolLimits): FrameStream
  deliver(topic: string, message: Uint8Array, from: PeerId): Promise<TopicVerdict | 'seen' | 'not-subscribed'>
}

const gone = (peer: PeerId): CairnError =>
  new CairnError('connection-lost', 'the connection has gone', { peer })

const messageKey = (topic: string, message: Uint8Array): string => `${topic} ${toHex(sha256(message))}`

/** Nodes that reach each other through memory, with backpressure as on a wire, and nothing faster than a microtask. */
export function createMemoryNetwork(): MemoryNetwork {
  return { join: (name) => createNode(name as PeerId) }
}

function createNode(self: PeerId): Node {
  const events = createEmitter<TransportEvents>((error) => {
    throw error
  })
  const links = new Map<PeerId, Link>()
  const handlers = new Map<string, Handler>()
  const topics = new Map<string, { readonly maxBytes: number; readonly validator: TopicValidator }>()
  const seen = new Set<string>()
  const inbound = new Map<FrameStream, string>()
  const hungUp = new Map<PeerId, string>()
  const bans = new Map<PeerId, { readonly until: number; readonly reason: string }>()
  const verdicts: MemoryTransport['verdicts'] = []
  const brought: MemoryTransport['broughtBy'] = []

  async function serve(handler: Handler, stream: FrameStream, protocol: string): Promise<void> {
    inbound.set(stream, protocol)
    try {
      await handler.run(stream)
    } catch (error) {
      stream.abort(error as Error)
    } finally {
      inbound.delete(stream)
    }
  }

  async function spread(topic: string, message: Uint8Array, except?: PeerId): Promise<number> {
    const receivers = [...links.values()].filter(({ other }) => other.self !== except)
    let reached = 0
    for (const { other } of receivers) {
      if (!other.isSubscribed(topic)) continue
      reached += 1
      queueMicrotask(() => void other.deliver(topic, message, self))
    }
    return reached
  }

  function hangUp(peer: PeerId): void {
    const other = links.get(peer)?.other
    node.unlink(peer)
    other?.unlink(self)
  }

  const node: Node = {
    self,
    events,
    links,
    handlers,
    hungUp,
    bans,
    verdicts,
    broughtBy: brought,
    isSubscribed: (topic) => topics.has(topic),
    inboundStreams: () => inbound.size,
    connections: () => [...links.values()].map(({ connection }) => connection),
    connect(other, { crossed = false } = {}) {
      if (links.has(other.self)) return
      if (bans.has(other.self) || other.bans.has(self)) throw new CairnError('peer-banned', 'banned', {})
      node.link(other as Node, crossed)
      ;(other as Node).link(node, true)
    },
    link(other, isInbound) {
      const address = `/memory/${other.self}`
      const connection = { peer: other.self, inbound: isInbound, address, since: 0 }
      links.set(other.self, { connection, other, streams: new Set() })
      queueMicrotask(() => events.emit('peerConnected', connection))
    },
    unlink(peer) {
      const link = links.get(peer)
      if (link === undefined) return
      links.delete(peer)
      for (const stream of link.streams) stream.abort(gone(peer))
      queueMicrotask(() => events.emit('peerDisconnected', { peer }))
    },
    async handle(protocol, limits, run) {
      handlers.set(protocol, { limits, run })
      return async () => {
        handlers.delete(protocol)
      }
    },
    accept(from, protocol, limits) {
      const handler = handlers.get(protocol)
      if (handler === undefined)
        throw new CairnError('protocol-unsupported', 'the peer does not speak the protocol', { protocol })
      const open = [...inbound].filter(([stream, name]) => stream.peer === from.self && name === protocol)
      if (open.length >= handler.limits.maxInboundStreams)
        throw new CairnError('stream-reset', 'too many streams', { protocol })
      const [near, far] = createFramePair(
        { peer: self, maxFrame: limits.maxFrame },
        { peer: from.self, maxFrame: handler.limits.maxFrame },
      )
      from.links.get(self)?.streams.add(near)
      links.get(from.self)?.streams.add(far)
      queueMicrotask(() => void serve(handler, far, protocol))
      return near
    },
    async open(peer, protocol, limits, options) {
      await Promise.resolve()
      options?.signal?.throwIfAborted()
      const link = links.get(peer)
      if (link === undefined) throw gone(peer)
      return link.other.accept(node, protocol, limits)
    },
    subscribe(topic, maxBytes, validator) {
      topics.set(topic, { maxBytes, validator })
      return () => topics.delete(topic)
    },
    async publish(topic, message) {
      const key = messageKey(topic, message)
      if (seen.has(key)) return 0
      const reached = await spread(topic, message)
      if (reached > 0) seen.add(key)
      return reached
    },
    async deliver(topic, message, from) {
      const subscription = topics.get(topic)
      if (subscription === undefined || message.length > subscription.maxBytes) return 'not-subscribed'
      const key = messageKey(topic, message)
      if (seen.has(key)) return 'seen'
      seen.add(key)
      const verdict = await subscription.validator(message, from)
      verdicts.push({ topic, from, verdict })
      if (verdict === 'accept') await spread(topic, message, from)
      return verdict
    },
    async sendTo(peer, topic, message) {
      const link = links.get(peer)
      if (link === undefined) throw gone(peer)
      seen.add(messageKey(topic, message))
      return link.other.deliver(topic, message, self)
    },
    brought: (peer, what) => void brought.push({ peer, what }),
    async disconnect(peer, reason) {
      if (links.has(peer)) hungUp.set(peer, reason)
      hangUp(peer)
    },
    async ban(peer, until, reason) {
      bans.set(peer, { until, reason })
      hangUp(peer)
    },
  }
  return node
}
