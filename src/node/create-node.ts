import { openPlatform } from '#platform'
import { SERVICE_BLOCKS, SERVICE_RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { errorCode, invariant } from '../base/errors.ts'
import { type ChainService, createChain } from '../chain/chain.ts'
import { createVerifiedTransactions } from '../chain/verified-transactions.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS } from '../mempool/mempool.ts'
import { createMempoolKeeper } from '../mempool/mempool-keeper.ts'
import { createMiner } from '../mining/miner.ts'
import { createHost } from '../network/host.ts'
import { createPeerNetwork } from '../network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS } from '../network/sync-scheduler.ts'
import { createTipWatch } from '../network/tip-watch.ts'
import { topicRates } from '../network/topic-rates.ts'
import type { Logger } from '../ports/logger.ts'
import type { NodeServices } from '../ports/node-services.ts'
import { HASH_ENGINE } from '../primitives/hash.ts'
import { createChainStore } from '../storage/chain-store.ts'
import { createCheckedStore } from '../storage/checked-store.ts'
import type { NodeConfig } from './config.ts'
import { createFirstSyncMiner } from './first-sync.ts'
import { USER_AGENT } from './version.ts'

/** A whole node. */
export interface CairnNode extends AsyncDisposable {
  /** What the running node can be asked; throws before `start`. */
  readonly services: NodeServices
  /** Opens the data directory, the chain, the network, and begins to mine where the configuration says so. */
  start(signal?: AbortSignal): Promise<void>
  /** Stops in reverse order; what was acknowledged is on disk. */
  stop(): Promise<void>
}

export interface NodeDependencies {
  readonly logger: Logger
}

/** Makes a node of its configuration: the one place that wires its parts together. Inert until `start`. */
export function createNode(config: NodeConfig, { logger }: NodeDependencies): CairnNode {
  let running: { services: NodeServices; stack: AsyncDisposableStack } | undefined

  async function stop(): Promise<void> {
    const { stack } = running ?? {}
    running = undefined
    await stack?.disposeAsync()
  }

  return {
    get services() {
      if (running === undefined) throw new Error('the node has not been started')
      return running.services
    },
    async start(signal) {
      invariant(running === undefined, 'a node that runs is not started again')
      await using stack = new AsyncDisposableStack()
      const services = await startParts(config, logger, stack, signal)
      running = { services, stack: stack.move() }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Starts each part after those that it needs, and leaves on the stack how to stop it. */
async function startParts(
  { network, dataDirectory, minimumWork, prune, cacheBytes, indexes, p2p, mining }: NodeConfig,
  logger: Logger,
  stack: AsyncDisposableStack,
  signal: AbortSignal | undefined,
): Promise<NodeServices> {
  const storageLog = logger.child('storage')
  const platform = stack.use(
    await openPlatform({
      dataDirectory,
      threads: mining.threads,
      logger: storageLog,
      privateKeyFile: p2p.privateKeyFile,
      signal,
    }),
  )
  const { clock, random, signatures, search, lastShutdown } = platform
  storageLog[lastShutdown === 'crashed' ? 'warn' : 'info']('database opened', { lastShutdown })
  logger.info('libraries in use', { signatures: signatures.backend, hashes: HASH_ENGINE })
  const log = (component: string) => ({ clock, random, logger: logger.child(component) })

  const store = createChainStore(createCheckedStore(platform.store), indexes)
  const verified = createVerifiedTransactions()
  const chain = createChain(
    network,
    { ...log('chain'), store, signatures, verified },
    { maxCacheBytes: cacheBytes, minimumWork, ...(prune === undefined ? {} : { prune }) },
  )
  const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, {
    ...log('mempool'),
    chain,
    signatures,
    verified,
  })
  chain.follow(mempool)
  stack.defer(() => stopChain(chain, logger.child('chain')))
  await chain.start()
  signal?.throwIfAborted()
  const keeper = createMempoolKeeper({ ...log('mempool'), mempool, chain, file: platform.mempoolFile })
  stack.defer(() => keeper.stop())
  keeper.start()

  const tipWatch = createTipWatch({ chain, clock })
  stack.defer(tipWatch.stop)
  const host = createHost(
    {
      networkId: network.id,
      listen: p2p.listen,
      announce: p2p.announce,
      bootstrap: p2p.bootstrap,
      targetOutbound: p2p.targetPeers,
      maxPeers: p2p.maxPeers,
      allow: p2p.allow,
      deny: p2p.deny,
      topicRates: topicRates(network),
      dht: p2p.dht ? 'server' : 'off',
      userAgent: USER_AGENT,
    },
    {
      clock,
      random,
      logger,
      privateKey: platform.privateKey,
      preSharedKey: platform.preSharedKey,
      datastore: platform.peers,
      records: platform.peerRecords,
      transports: platform.transports,
      isTipStale: tipWatch.isStale,
      ...(p2p.mdns && platform.mdns ? { mdns: platform.mdns } : {}),
    },
  )
  stack.defer(() => host.stop())
  const peers = createPeerNetwork(
    {
      userAgent: USER_AGENT,
      // Blocks that were dropped stay away, also where none are dropped any more.
      services: chain.pruning() === undefined ? SERVICE_BLOCKS : SERVICE_RECENT_BLOCKS,
      sync: DEFAULT_SYNC_OPTIONS,
    },
    { transport: host, chain, mempool, clock, random, logger },
  )
  stack.defer(() => peers.stop())
  await peers.start()
  await host.start(signal)

  const miner = createFirstSyncMiner({
    ...log('mining'),
    miner: createMiner(
      { ...(mining.interval === undefined ? {} : { intervalSeconds: mining.interval }) },
      { ...log('mining'), chain, mempool, search },
    ),
    sync: () => peers.sync.status(),
  })
  stack.defer(() => miner.stop())
  if (mining.enabled && mining.payout !== undefined) {
    const { scriptPubKey, address } = mining.payout
    const knowsPeers = p2p.bootstrap.length > 0 || host.knownPeers().length > 0
    if (knowsPeers) miner.startAfterSync(scriptPubKey, address)
    else miner.start(scriptPubKey, address)
  }

  return {
    userAgent: USER_AGENT,
    peerId: host.self,
    startedAt: clock.now(),
    signatureBackend: signatures.backend,
    hashEngine: HASH_ENGINE,
    chain,
    mempool,
    miner,
    addresses: () => host.addresses(),
    peers: () =>
      host.peers().map((standing) => {
        const session = peers.sessions.get(standing.peer)
        return {
          ...standing,
          gossipScore: host.gossipScore(standing.peer),
          hello: session && { userAgent: session.hello.userAgent, ...session.tip, tip: session.tip.hash },
        }
      }),
    peerControl: host,
    peerEvents: host.events,
    sync: () => peers.sync.status(),
    gossipCounts: () => host.gossipCounts(),
    databaseBytes: () => platform.databaseBytes(),
    askPeers() {
      for (const { peer } of peers.sessions.list()) peers.sync.askHeaders(peer)
    },
  }
}

/** A full disk does not keep a node from stopping in order: what was acknowledged is on it as blocks. */
async function stopChain(chain: ChainService, logger: Logger): Promise<void> {
  try {
    await chain.stop()
  } catch (error) {
    if (errorCode(error) !== 'disk-full') throw error
    logger.error('coins not written, the next start works them out from the blocks', { error })
  }
}
