import type { Brand } from '../base/brand.ts'
import type { EventSource } from '../base/emitter.ts'

/** A peer's libp2p id in its usual text form. */
export type PeerId = Brand<string, 'PeerId'>

export interface Cancellable {
  readonly signal?: AbortSignal
}

/** One stream of whole messages to a peer, with backpressure both ways. */
export interface FrameStream {
  readonly peer: PeerId
  /** Resolves when the frame is handed on and the peer keeps up. Rejects when the stream has ended. */
  send(frame: Uint8Array, options?: Cancellable): Promise<void>
  /**
   * The next frame, or undefined when the peer has closed its side. Reading stops while nobody asks.
   * Rejects (and the stream is reset) for a frame above the protocol's limit.
   */
  receive(options?: Cancellable): Promise<Uint8Array | undefined>
  /** bytes that have come, those of a frame that is not whole yet among them */
  received(): number
  /** Ends our side in order. */
  close(): Promise<void>
  /** Ends both sides at once. */
  abort(reason: Error): void
}

/** How a protocol may be used by a peer. */
export interface ProtocolLimits {
  /** the longest frame in bytes */
  readonly maxFrame: number
  /** streams at once that one peer may have open to us */
  readonly maxInboundStreams: number
}

export type StreamHandler = (stream: FrameStream) => Promise<void>

/** What a topic's validator says of a message: hand on, drop silently, or drop and blame the sender. */
export type TopicVerdict = 'accept' | 'ignore' | 'reject'
/** Messages of a topic since the start, by what became of them. */
export type TopicCounts = Readonly<Record<TopicVerdict, number>>
export type TopicValidator = (message: Uint8Array, from: PeerId) => Promise<TopicVerdict>

export interface TransportEvents {
  peerConnected: {
    readonly peer: PeerId
    readonly inbound: boolean
    readonly address: string
  }
  peerDisconnected: { readonly peer: PeerId }
}

export interface PeerConnection {
  readonly peer: PeerId
  readonly inbound: boolean
  /** the remote multiaddr */
  readonly address: string
  /** Unix time in milliseconds */
  readonly since: number
}

/** Why a peer is hung up on: it broke a rule, or it was of no use, as where it did not answer in time. */
export type PeerFault = 'misbehaved' | 'unhelpful'

/** Peers, requests and topics: libp2p in a node, virtual in a simulation. */
export interface Transport {
  readonly self: PeerId
  readonly events: EventSource<TransportEvents>
  connections(): readonly PeerConnection[]
  /** Serves a protocol; a handler that throws resets its stream. Returns the way to stop serving. */
  handle(protocol: string, limits: ProtocolLimits, handler: StreamHandler): Promise<() => Promise<void>>
  /** Opens a stream to a connected peer; rejects with `protocol-unsupported` where the peer does not speak it. */
  open(peer: PeerId, protocol: string, limits: ProtocolLimits, options?: Cancellable): Promise<FrameStream>
  /** Takes part in a topic; every message is validated before it is handed on. */
  subscribe(topic: string, maxBytes: number, validator: TopicValidator): () => void
  /** Hands a message of our own to the topic; own messages are not validated. Resolves with how many peers got it. */
  publish(topic: string, message: Uint8Array): Promise<number>
  /** Notes that the peer was the first to bring a block or a transaction that was taken: such peers are kept. */
  brought(peer: PeerId, what: 'block' | 'transaction'): void
  /** Hangs up. A fault lowers the peer's score; a peer that has committed too many of them is banned. */
  disconnect(peer: PeerId, reason: string, fault?: PeerFault): Promise<void>
  /** Hangs up and refuses the peer from now on, until `until` (Unix milliseconds). */
  ban(peer: PeerId, until: number, reason: string): Promise<void>
}
