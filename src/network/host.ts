import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { withDeadline } from '../../protocols/deadline.ts'
import { createEmitter } from '../base/emitter.ts'
import { CairnError, errorMessage, invariant } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { PeerControl } from '../ports/peers.ts'
import type { Cancellable, PeerId, TopicCounts, Transport, TransportEvents } from '../ports/transport.ts'
import { untilAborted } from './abort.ts'
import { createConnectionGater } from './connection-gater.ts'
import { createConnectionTable, peerOf } from './connection-table.ts'
import { createDiscovery } from './discovery.ts'
import { createGossip } from './gossip.ts'
import type { HostDependencies, HostOptions } from './host-options.ts'
import type { KnownPeer } from './known-peers.ts'
import { createLibp2pLinks } from './libp2p-links.ts'
import { createLibp2pNode, type Node, PING_TIMES } from './libp2p-node.ts'
import { parseAddress, parseNamedPeers, peerInAddress } from './named-peers.ts'
import { createPeerManager, type PeerManager } from './peer-manager.ts'
import { storeReached } from './peer-store.ts'
import { welcomePeer } from './peer-welcome.ts'
import { isProtectable, refuseUnprotected } from './private-network.ts'
import { createStreamProtocols } from './stream-protocols.ts'

const TARGET_OUTBOUND = 8
const MAX_PEERS = 64
/**
 * Connections of one peer. Two nodes that dial each other have two, and one that comes back may have some that have died
 * unnoticed; libp2p counts connections and not peers, so that one peer with hundreds would keep everyone else out.
 */
const MAX_CONNECTIONS_PER_PEER = 4
/** A peer that gossip has graylisted is refused for this long. */
const GRAYLIST_BAN_MS = 10 * 60_000
/** What does not stop in order within this is cut. */
const STOP_TIMEOUT_MS = 1_500

/** The node's place in the network: the one room that knows libp2p. */
export interface Host
  extends Transport,
    Omit<PeerControl, 'disconnect' | 'ban'>,
    Pick<PeerManager, 'peers'>,
    AsyncDisposable {
  /**
   * Listens, discovers and dials. Protocols and topics that were asked for before are served from the first connection
   * on. Rejects with `listen-failed`, with the signal's reason, or as the datastore does; nothing runs then.
   */
  start(signal?: AbortSignal): Promise<void>
  /** Hangs up on everyone and stops; resolves also where it was never started. */
  stop(): Promise<void>
  /** where others can dial us: multiaddrs with our peer id */
  addresses(): readonly string[]
  /** gossipsub's score of a connected peer */
  gossipScore(peer: PeerId): number
  /** gossiped messages that were judged, by topic */
  gossipCounts(): ReadonlyMap<string, TopicCounts>
  /** peers with an address, connected or not */
  knownPeers(): readonly KnownPeer[]
}

interface Running {
  readonly node: Node
  readonly stopping: AbortController
  /** dialling and discovery */
  readonly work: Promise<unknown>
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
  const isPrivate = dependencies.preSharedKey !== undefined
  if (isPrivate) refuseUnprotected([...options.listen, ...options.bootstrap])
  let running: Running | undefined
  const node = (): Node | undefined => running?.node

  const events = createEmitter<TransportEvents>((error) =>
    logger.error('peer listener failed', { error: errorMessage(error) }),
  )
  const connections = createConnectionTable(events)
  const streams = createStreamProtocols({ clock, logger, connections })
  const manager = createPeerManager(
    { self, targetOutbound, maxPeers, named, allow: options.allow ?? [], deny: options.deny ?? [] },
    {
      clock,
      random,
      logger,
      records: dependencies.records,
      links: createLibp2pLinks({ clock, connections, node, isBusy: streams.isBusy }),
      isTipStale: dependencies.isTipStale ?? (() => false),
      onReached: (peer, at) => keep(peer, (running) => storeReached(running, peer, at)),
      onForget: (peer) => keep(peer, (running) => running.peerStore.delete(peerIdFromString(peer))),
    },
  )
  const gossip = createGossip(options.topicRates ?? new Map(), {
    logger,
    faultScore: manager.score,
    isConnected: connections.has,
    onUnworthy(peer, reason) {
      const done =
        reason === 'graylisted'
          ? manager.ban(peer, clock.now() + GRAYLIST_BAN_MS, reason)
          : manager.disconnect(peer, reason)
      done.catch((error) => logger.error('peer not let go', { peer, reason, error: errorMessage(error) }))
    },
  })

  /** The addresses of peers are of use, not of need: what cannot be written is learnt again. */
  function keep(peer: PeerId, write: (running: Node) => Promise<void>): void {
    const running = node()
    if (running === undefined) return
    write(running).catch((error) => logger.debug('peer not stored', { peer, error: errorMessage(error) }))
  }

  function watch(fresh: Node): void {
    fresh.addEventListener('connection:open', ({ detail: connection }) => {
      const peer = peerOf(connection)
      if (connections.of(peer).length >= MAX_CONNECTIONS_PER_PEER)
        return connection.abort(
          new CairnError('too-many-connections', 'the peer has enough connections', { peer }),
        )
      const first = connections.opened(connection)
      if (first !== undefined) manager.opened(first)
      void welcomePeer(fresh, connection, { clock, logger, connections, manager })
    })
    fresh.addEventListener('connection:close', ({ detail: connection }) => {
      const was = connections.closed(connection)
      if (running === undefined) return
      if (was !== undefined) manager.closed(was)
      else {
        const left = connections.peers().find(({ peer }) => peer === peerOf(connection))
        if (left !== undefined) manager.opened(left)
      }
    })
  }

  async function start(signal: AbortSignal | undefined): Promise<void> {
    invariant(running === undefined, 'a host is started once')
    signal?.throwIfAborted()
    await manager.load()
    const fresh = await createLibp2pNode(
      {
        networkId: options.networkId,
        listen: options.listen,
        announce: options.announce ?? [],
        maxPeers,
        dht,
        userAgent: options.userAgent ?? 'cairn',
        ping: options.ping ?? PING_TIMES,
      },
      {
        privateKey,
        preSharedKey: dependencies.preSharedKey,
        datastore: dependencies.datastore,
        transports: dependencies.transports,
        mdns: dependencies.mdns?.(`_cairn-${options.networkId}._udp.local`),
        gater: createConnectionGater(manager, (address) => !isPrivate || isProtectable(address)),
        gossip: gossip.options,
      },
    )
    watch(fresh)
    const discovery = createDiscovery({ node: fresh, clock, random, logger, manager })
    await discovery.prepare()
    await streams.attach(fresh)
    const stopping = new AbortController()
    running = { node: fresh, stopping, work: Promise.resolve() }
    try {
      await listen(fresh)
      signal?.throwIfAborted()
    } catch (error) {
      await stop()
      throw error
    }
    gossip.attach(fresh.services.pubsub)
    const work = Promise.all([manager.run(stopping.signal), discovery.run(stopping.signal)])
    running = { node: fresh, stopping, work }
    logger.info('network started', { peer: self, addresses: addresses(), known: manager.knownCount })
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
    const { node, stopping, work } = running
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
    await work
  }

  const addresses = (): string[] => node()?.getMultiaddrs().map(String) ?? []

  async function dial(address: string, { signal }: Cancellable = {}): Promise<PeerId> {
    const target = parseAddress(address)
    const peer = peerInAddress(address)
    if (isPrivate) refuseUnprotected([address])
    if (peer !== undefined && manager.isBanned(peer))
      throw new CairnError('peer-banned', 'the peer is banned', { peer })
    if (!manager.admits('outbound', { address, ...(peer === undefined ? {} : { peer }) }))
      throw new CairnError('peer-denied', 'the peer is on the deny list, or not on the allow list', {
        address,
      })
    if (running === undefined) throw new CairnError('not-started', 'the network has not been started')
    if (peer !== undefined) manager.want(peer)
    try {
      const reached = peerOf(await running.node.dial(target, { signal }))
      manager.want(reached)
      return reached
    } catch (error) {
      if (peer !== undefined && !connections.has(peer)) manager.unwant(peer)
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
    knownPeers: manager.known,
    peers: manager.peers,
    gossipScore: gossip.score,
    gossipCounts: gossip.counts,
    bans: manager.bans,
    unban: manager.unban,
    connections: connections.peers,
    handle: streams.handle,
    open: streams.open,
    subscribe: gossip.subscribe,
    publish: gossip.publish,
    brought: manager.brought,
    disconnect: manager.disconnect,
    ban: manager.ban,
  }
}
