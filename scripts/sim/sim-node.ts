import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { type ChainService, createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import {
  createMempool,
  DEFAULT_MEMPOOL_OPTIONS,
  type MempoolDependencies,
  type MempoolService,
} from '../../src/mempool/mempool.ts'
import { createMiner } from '../../src/mining/miner.ts'
import { createPeerNetwork, type PeerNetwork } from '../../src/network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS } from '../../src/network/sync-scheduler.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { type Logger, SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Miner } from '../../src/ports/miner.ts'
import type { PeerId, Transport } from '../../src/ports/transport.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { type TestKey, testKey } from '../../test/support/key.ts'
import type { Chance } from './chance.ts'
import type { Disk } from './disk.ts'
import { SIM_INDEXES, SIM_NETWORK } from './history.ts'
import { type ClockError, createNodeClock, type NodeClock } from './node-clock.ts'
import { createPeerDisk, type PeerDisk } from './peer-disk.ts'
import type { SharedSignatures } from './shared-signatures.ts'
import { createSimTransport, type PlacedPeer, type SimMedium, type SimTransport } from './sim-transport.ts'
import { createSimulatedSearch } from './simulated-search.ts'
import type { Socket } from './wire.ts'

/** Templates take in new transactions this often: rarer than in a node, since each of hundreds makes its own. */
const TEMPLATE_REFRESH_MS = 30_000
/** Chance explains that no block comes for so many times the spacing about once in a month. */
const STALE_SPACINGS = 12
const CACHE_BYTES = 4_000_000

/** What a node is, before and after any crash. */
export interface NodePlan extends PlacedPeer {
  readonly index: number
  /** whether it keeps to the protocol: what such a node suffers counts */
  readonly honest: boolean
  /** 0 where it does not mine */
  readonly hashesPerSecond: number
  readonly clock: ClockError
  readonly targetOutbound: number
  readonly maxPeers: number
  readonly bootstrap: readonly PlacedPeer[]
  readonly tells?: () => readonly PlacedPeer[]
  /** what it does otherwise than an honest node */
  readonly wrapTransport?: (parts: NodeParts) => Transport
  readonly wrapChain?: (
    chain: ChainService,
    means: Pick<MempoolDependencies, 'signatures'> & { clock: NodeClock },
  ) => Chain
  /** what it does besides, from the moment at which it takes part */
  readonly started?: (parts: NodeParts) => void
}

/** The parts of a running node. */
export interface NodeParts {
  readonly clock: NodeClock
  readonly chain: ChainService
  readonly mempool: MempoolService
  readonly transport: SimTransport
  readonly miner: Miner
}

export interface RunningNode extends NodeParts {
  readonly peers: PeerNetwork
}

/** A node that starts, dies and starts again from its disk. */
export interface SimNode {
  readonly plan: NodePlan
  readonly peer: PeerId
  readonly key: TestKey
  readonly disk: Disk
  running(): RunningNode | undefined
  /** Resolves when it takes part in the network. */
  start(): Promise<void>
  /** The process ends in the middle of whatever it does; `silent` where the machine goes with it. */
  crash(silent: boolean): void
}

export interface SimNodeDependencies {
  readonly medium: SimMedium
  readonly socket: Socket
  readonly chance: Chance
  readonly signatures: SharedSignatures
  readonly disk: Disk
  readonly logger?: Logger
  /** told of the parts as soon as the chain is open, before there are peers */
  readonly opened: (node: SimNode, parts: NodeParts) => void
  readonly ended: (node: SimNode) => void
}

export function createSimNode(plan: NodePlan, dependencies: SimNodeDependencies): SimNode {
  const { medium, socket, chance, signatures, disk, opened, ended, logger = SILENT_LOGGER } = dependencies
  const peerDisk: PeerDisk = createPeerDisk()
  const key = testKey(`node ${plan.index}`)
  let running: RunningNode | undefined
  /** ends the process that runs or starts */
  let kill: ((silent: boolean) => void) | undefined
  let starts = 0

  async function start(): Promise<void> {
    const ownChance = chance.fork(`start ${starts++}`)
    const clock = createNodeClock(medium.time, plan.clock)
    const store = disk.open(clock)
    let dead = false
    let transport: SimTransport | undefined
    kill = (silent) => {
      dead = true
      clock.die()
      store.die()
      transport?.die(silent)
    }
    const verified = createVerifiedTransactions()
    const shared = { clock, logger, signatures: signatures.for(clock), verified }
    const chain = createChain(
      SIM_NETWORK,
      {
        ...shared,
        random: ownChance.fork('chain'),
        store: createChainStore(createCheckedStore(store), SIM_INDEXES),
      },
      { maxCacheBytes: CACHE_BYTES },
    )
    const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, { ...shared, chain })
    chain.follow(mempool)
    await chain.start()
    if (dead) return
    let tipAt = clock.monotonic()
    chain.events.on('tipChanged', () => {
      tipAt = clock.monotonic()
    })
    transport = createSimTransport({ ...plan, socket }, medium, {
      clock,
      logger,
      disk: peerDisk,
      chance: ownChance.fork('transport'),
      isTipStale: () => clock.monotonic() - tipAt > STALE_SPACINGS * SIM_NETWORK.spacing! * 1000,
    })
    const search = createSimulatedSearch(plan.hashesPerSecond, clock, ownChance.fork('search'))
    const wrapped = plan.wrapChain?.(chain, shared) ?? chain
    const miner = createMiner(
      { refreshMs: TEMPLATE_REFRESH_MS },
      { chain, mempool, search, clock, logger, random: ownChance.fork('miner') },
    )
    const parts: NodeParts = { clock, chain, mempool, transport, miner }
    opened(node, parts)
    const peers = createPeerNetwork(
      { userAgent: 'sim', services: SERVICE_BLOCKS, sync: DEFAULT_SYNC_OPTIONS },
      {
        transport: plan.wrapTransport?.(parts) ?? transport,
        chain: wrapped,
        mempool,
        clock,
        logger,
        random: ownChance.fork('network'),
      },
    )
    await peers.start()
    await transport.start()
    if (dead) return
    running = { ...parts, peers }
    plan.started?.(parts)
    if (plan.hashesPerSecond > 0) miner.start(key.scriptPubKey, 'simulated')
  }

  const node: SimNode = {
    plan,
    peer: plan.peer,
    key,
    disk,
    running: () => running,
    start,
    crash(silent) {
      kill?.(silent)
      kill = undefined
      running = undefined
      ended(node)
    },
  }
  return node
}
