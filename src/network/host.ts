import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { withDeadline } from '../../protocols/deadline.ts'
import { createEmitter } from '../base/emitter.ts'
import { CairnError, errorMessage, invariant } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Cancellable, PeerId, Transport, TransportEvents } from '../ports/transport.ts'
import { untilAborted } from './abort.ts'
import { createBackOff } from './back-off.ts'
import { createConnectionGater } from './connection-gater.ts'
import { createConnectionTable, peerOf } from './connection-table.ts'
import { createDiscovery } from './discovery.ts'
import { createGossip } from './gossip.ts'
import { createKnownPeers, type KnownPeer } from './known-peers.ts'
import {
  createLibp2pNode,
  type Node,
  type PeerDiscovery,
  PING_TIMES,
  type PingTimes,
  protocolPrefix,
  type Transports,
} from './libp2p-node.ts'
import { parseAddress, parseNamedPeers, peerInAddress } from './named-peers.ts'
import { type Ban, type BanRecords, createPeerBook } from './peer-book.ts'
import { createPeerKeeper } from './peer-keeper.ts'
import type { Datastore } from './peers-only-datastore.ts'
import { createStreamProtocols } from './stream-protocols.ts'

const TARGET_OUTBOUND = 8
const MAX_PEERS = 64
/** A peer that gossip has graylisted is refused for this long. */
const GRAYLIST_BAN_MS = 10 * 60_000
/** What does not stop in order within this is cut. */
const STOP_TIMEOUT_MS = 1_500

export interface HostOptions {
  /** first 8 hex digits of the genesis hash */
  readonly networkId: string
  /** multiaddrs to listen on; none in a browser */
  readonly listen: readonly string[]
  /** multiaddrs, each with its peer's id, of peers that are dialled for ever */
  readonly bootstrap: readonly string[]
  /** outbound connections to keep; 8 */
  readonly targetOutbound?: number
  /** connected peers at most; 64, of which all but `targetOutbound` may have dialled us */
  readonly maxPeers?: number
  /** `server` answers queries of others, `client` only asks; `server` */
  readonly dht?: 'server' | 'client' | 'off'
  /** how we name ourselves to peers */
  readonly userAgent?: string
  readonly ping?: PingTimes
}

export interface HostDependencies {
  readonly privateKey: PrivateKey
  /** open; for the peer store */
  readonly datastore: Datastore
  readonly bans: BanRecords
  readonly transports: Transports
  /** discovery on the local network under a DNS service tag */
  readonly mdns?: (serviceTag: string) => PeerDiscovery
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The node's place in the network: the one room that knows libp2p. */
export interface Host extends Transport, AsyncDisposable {
  /**
   * Listens, discovers and dials. Protocols and topics that were asked for before are served from the first connection
   * on. Rejects with `listen-failed`, with the signal's reason, or as the datastore does; nothing runs then.
   */
  start(signal?: AbortSignal): Promise<void>
  /** Hangs up on everyone and stops; resolves also where it was never started. */
  stop(): Promise<void>
  /** where others can dial us: multiaddrs with our peer id */
  addresses(): readonly string[]
  /**
   * Connects to a multiaddr, whatever happened with the peer before.
   * Rejects with `address-malformed`, `peer-banned` or `dial-failed`.
   */
  dial(address: string, options?: Cancellable): Promise<PeerId>
  /** peers with an address, connected or not */
  knownPeers(): readonly KnownPeer[]
  bans(): readonly Ban[]
}

interface Running {
  readonly node: Node
  readonly stopping: AbortController
  readonly discovery: Promise<void>
}

export function createHost(options: HostOptions, dependencies: HostDependencies): Host {
  const { privateKey, clock, random } = dependencies
  const { targetOutbound = TARGET_OUTBOUND, maxPeers = MAX_PEERS, dht = 'server' } = options
  if (targetOutbound >= maxPeers)
    throw new CairnError('option-invalid', 'targetOutbound has to be less than maxPeers', {
      targetOutbound,
      maxPeers,
    })
  const logger = dependencies.logger.child('network')
  const self = peerIdFromPrivateKey(privateKey).toString() as PeerId
  const named = parseNamedPeers(options.bootstrap, self)
  let running: Running | undefined
  const node = (): Node | undefined => running?.node

  const events = createEmitter<TransportEvents>((error) =>
    logger.error('peer listener failed', { error: errorMessage(error) }),
  )
  const connections = createConnectionTable(events)
  const book = createPeerBook({ records: dependencies.bans, clock, logger })
  const backOff = createBackOff({ clock, random, isNamed: (peer) => named.has(peer) })
  const known = createKnownPeers({
    random,
    onForget: (peer) =>
      void node()
        ?.peerStore.delete(peerIdFromString(peer))
        .catch(() => {}),
  })
  const keeper = createPeerKeeper({ clock, logger, connections, book, backOff, known, node })
  const streams = createStreamProtocols({ clock, logger, connections })
  const gossip = createGossip({
    logger,
    isConnected: connections.has,
    onUnworthy(peer, reason) {
      const done =
        reason === 'graylisted'
          ? keeper.ban(peer, clock.now() + GRAYLIST_BAN_MS, reason)
          : keeper.letGo(peer, reason)
      done.catch((error) => logger.error('peer not let go', { peer, reason, error: errorMessage(error) }))
    },
  })

  const count = (direction: 'inbound' | 'outbound'): number =>
    connections.peers().filter(({ inbound }) => inbound === (direction === 'inbound')).length
  const gater = createConnectionGater({
    isBanned: book.isBanned,
    mayDial: backOff.mayDial,
    isConnected: connections.has,
    hasRoom: (direction) =>
      connections.peers().length < maxPeers &&
      (direction === 'outbound' || count('inbound') < maxPeers - targetOutbound),
  })

  function watch(fresh: Node): void {
    fresh.addEventListener('connection:open', ({ detail: connection }) => {
      connections.opened(connection)
      void keeper.welcome(fresh, connection)
    })
    fresh.addEventListener('connection:close', ({ detail: connection }) => {
      const was = connections.closed(connection)
      if (was !== undefined && running !== undefined) keeper.left(was)
    })
  }

  async function start(signal: AbortSignal | undefined): Promise<void> {
    invariant(running === undefined, 'a host is started once')
    signal?.throwIfAborted()
    await book.load()
    const fresh = await createLibp2pNode(
      {
        networkId: options.networkId,
        listen: options.listen,
        maxPeers,
        dht,
        userAgent: options.userAgent ?? 'cairn',
        ping: options.ping ?? PING_TIMES,
      },
      {
        privateKey,
        datastore: dependencies.datastore,
        transports: dependencies.transports,
        mdns: dependencies.mdns?.(`_cairn-${options.networkId}._udp.local`),
        gater,
        gossip: gossip.options,
      },
    )
    watch(fresh)
    const discovery = createDiscovery(
      { targetOutbound, maxPeers, named, protocolPrefix: `/${protocolPrefix(options.networkId)}/` },
      {
        node: fresh,
        clock,
        random,
        logger,
        known,
        backOff,
        connections,
        isBanned: book.isBanned,
        isBusy: streams.isBusy,
        hangUp: (peer) => void keeper.letGo(peer, 'not needed'),
      },
    )
    await discovery.prepare()
    await streams.attach(fresh)
    const stopping = new AbortController()
    running = { node: fresh, stopping, discovery: Promise.resolve() }
    try {
      await listen(fresh)
      signal?.throwIfAborted()
    } catch (error) {
      await stop()
      throw error
    }
    gossip.attach(fresh.services.pubsub)
    running = { node: fresh, stopping, discovery: discovery.run(stopping.signal) }
    logger.info('network started', { peer: self, addresses: addresses(), known: known.size })
  }

  async function listen(fresh: Node): Promise<void> {
    try {
      await fresh.start()
    } catch (error) {
      const { listen } = options
      throw new CairnError('listen-failed', `cannot listen on ${listen.join(' and ')}`, { listen }, error)
    }
  }

  async function stop(): Promise<void> {
    if (running === undefined) return
    const { node, stopping, discovery } = running
    running = undefined
    gossip.detach()
    streams.detach()
    stopping.abort(new CairnError('stopping', 'the node is stopping'))
    try {
      await withDeadline(clock, STOP_TIMEOUT_MS, 'orderly stop', undefined, (signal) =>
        untilAborted(Promise.resolve(node.stop()), signal),
      )
    } catch (error) {
      logger.warn('network not stopped in order', { error: errorMessage(error) })
      for (const connection of node.getConnections()) connection.abort(error as Error)
    }
    await discovery
  }

  const addresses = (): string[] => node()?.getMultiaddrs().map(String) ?? []

  async function dial(address: string, { signal }: Cancellable = {}): Promise<PeerId> {
    const target = parseAddress(address)
    const peer = peerInAddress(address)
    if (peer !== undefined && book.isBanned(peer))
      throw new CairnError('peer-banned', 'the peer is banned', { peer })
    if (running === undefined) throw new CairnError('not-started', 'the network has not been started')
    if (peer !== undefined) backOff.forget(peer)
    try {
      return peerOf(await running.node.dial(target, { signal }))
    } catch (error) {
      signal?.throwIfAborted()
      throw new CairnError('dial-failed', `cannot connect to ${address}`, { address }, error)
    }
  }

  const lifecycle = createSerialQueue()
  return {
    self,
    events,
    start: (signal) => lifecycle.run(() => start(signal)),
    stop: () => lifecycle.run(stop),
    [Symbol.asyncDispose]: () => lifecycle.run(stop),
    addresses,
    dial,
    knownPeers: () => [...known.all()],
    bans: book.bans,
    connections: connections.peers,
    handle: streams.handle,
    open: streams.open,
    subscribe: gossip.subscribe,
    publish: gossip.publish,
    brought: () => {},
    disconnect: keeper.letGo,
    ban: keeper.ban,
  }
}
