import { type GossipSub, type GossipsubOpts, gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { type Identify, identify, identifyPush } from '@libp2p/identify'
import type { ConnectionGater, PrivateKey } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { preSharedKey } from '@libp2p/pnet'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p'
import { type Datastore, DHT_PREFIX, withoutDhtRecords } from './peers-only-datastore.ts'

export type Transports = NonNullable<Libp2pOptions['transports']>
export type PeerDiscovery = NonNullable<Libp2pOptions['peerDiscovery']>[number]

/**
 * A stream's window. Above 4 MiB, libp2p's cap on a paused stream's buffer, `pause()` would abort the stream; and a
 * window filled with one-byte messages costs a hundred times its size.
 */
const STREAM_WINDOW = { initialStreamWindowSize: 256 * 1024, maxStreamWindowSize: 1024 * 1024 }
/** Streams at once that one peer may have open to us, over all protocols. */
const MAX_STREAMS_PER_PEER = 256
/**
 * Pings at once to one peer. The DHT's and the connection monitor's may overlap, and the monitor ends the connection
 * where its own is not let through.
 */
const MAX_PINGS = 4
/** Connections at once that have not proven who they are. */
const MAX_PENDING_INBOUND = 64
/** New connections a second from one host; loopback, where whole test networks live, is not held to it. */
const MAX_INBOUND_PER_SECOND = 5
const LOOPBACK = ['/ip4/127.0.0.0/ipcidr/8', '/ip6/::1/ipcidr/128']
/** The first bytes under a pre-shared key may take so long; a peer without it is let go after that. */
const PRE_SHARED_KEY_TIMEOUT_MS = 10_000
/** Peers stay in the peer store for this long after they were last seen; libp2p's own default is an hour. */
const PEER_AGE_MS = 30 * 24 * 3_600_000

/** How a peer that says nothing any more is found out: pinged so often, given at least and at most so long. */
export interface PingTimes {
  readonly intervalMs: number
  readonly minTimeoutMs: number
  readonly maxTimeoutMs: number
}

/**
 * A dead peer whose machine says so is dropped at once. One that just falls silent is dropped within 30 s. Shorter
 * timeouts would drop peers that are alive whenever this process or theirs is busy for a while.
 */
export const PING_TIMES: PingTimes = { intervalMs: 10_000, minTimeoutMs: 15_000, maxTimeoutMs: 20_000 }

export interface Libp2pNodeOptions {
  /** the network's id, part of every protocol id */
  readonly networkId: string
  readonly listen: readonly string[]
  /** told to others in place of these, where there are any */
  readonly announce: readonly string[]
  readonly maxPeers: number
  readonly dht: 'server' | 'client' | 'off'
  readonly userAgent: string
  readonly ping: PingTimes
}

export interface Libp2pNodeDependencies {
  readonly privateKey: PrivateKey
  readonly datastore: Datastore
  /** of a private network, in libp2p's format */
  readonly preSharedKey: Uint8Array | undefined
  readonly transports: Transports
  readonly mdns: PeerDiscovery | undefined
  readonly gater: ConnectionGater
  readonly gossip: Partial<GossipsubOpts>
}

export interface Services extends Record<string, unknown> {
  readonly identify: Identify
  readonly pubsub: GossipSub
  readonly dht?: KadDHT
}
export type Node = Libp2p<Services>

/** What the ids of a network's protocols begin with, as libp2p wants it: without the slash in front. */
export const protocolPrefix = (networkId: string): string => `cairn/${networkId}`

/**
 * Assembles libp2p, without starting it. Identify and ping carry the network's id like every other protocol: a peer
 * of another network answers neither, so that it is recognised at once and no routing table takes it.
 */
export async function createLibp2pNode(
  options: Libp2pNodeOptions,
  dependencies: Libp2pNodeDependencies,
): Promise<Node> {
  const { dht } = options
  const { preSharedKey: psk } = dependencies
  const prefix = protocolPrefix(options.networkId)
  const services = {
    identify: identify({ protocolPrefix: prefix, runOnConnectionOpen: false }),
    identifyPush: identifyPush({ protocolPrefix: prefix }),
    ping: ping({
      protocolPrefix: prefix,
      maxOutboundStreams: MAX_PINGS,
      maxInboundStreams: 2 * MAX_PINGS,
    }),
    pubsub: gossipsub(dependencies.gossip),
  }
  return createLibp2p({
    start: false,
    privateKey: dependencies.privateKey,
    datastore: withoutDhtRecords(dependencies.datastore),
    nodeInfo: { name: 'cairn', userAgent: options.userAgent },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: dependencies.transports,
    ...(psk !== undefined && {
      connectionProtector: preSharedKey({ psk, timeout: PRE_SHARED_KEY_TIMEOUT_MS }),
    }),
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: STREAM_WINDOW,
        maxInboundStreams: MAX_STREAMS_PER_PEER,
        maxOutboundStreams: MAX_STREAMS_PER_PEER,
      }),
    ],
    peerDiscovery: dependencies.mdns === undefined ? [] : [dependencies.mdns],
    connectionGater: dependencies.gater,
    connectionManager: {
      // The gater counts peers, and refuses before libp2p would; two nodes that dial each other have two connections.
      maxConnections: 2 * options.maxPeers,
      maxIncomingPendingConnections: MAX_PENDING_INBOUND,
      inboundConnectionThreshold: MAX_INBOUND_PER_SECOND,
      allow: LOOPBACK,
      // Whom to dial again, and when, is the dial loop's to say.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      protocolPrefix: prefix,
      pingInterval: options.ping.intervalMs,
      pingTimeout: { minTimeout: options.ping.minTimeoutMs, maxTimeout: options.ping.maxTimeoutMs },
    },
    peerStore: { maxAddressAge: PEER_AGE_MS, maxPeerAge: PEER_AGE_MS },
    services: {
      ...services,
      ...(dht !== 'off' && {
        dht: kadDHT({
          protocol: `/${prefix}/kad/1.0.0`,
          clientMode: dht === 'client',
          datastorePrefix: DHT_PREFIX,
          // The default drops private addresses, and with them every network at home or on one machine.
          peerInfoMapper: passthroughMapper,
          allowQueryWithZeroPeers: true,
        }),
      }),
    },
  }) as Promise<Node>
}
