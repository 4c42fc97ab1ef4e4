import { setImmediate } from 'node:timers/promises'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import type { ChainOptions } from '../../src/chain/chain.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS, type MempoolService } from '../../src/mempool/mempool.ts'
import type { PeerSessions } from '../../src/network/handshake.ts'
import { createPeerNetwork } from '../../src/network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS, type SyncScheduler } from '../../src/network/sync-scheduler.ts'
import type { Chain } from '../../src/ports/chain.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Transport } from '../../src/ports/transport.ts'
import type { FakeClock } from './fake-clock.ts'
import type { MemoryNetwork, MemoryTransport } from './memory-transport.ts'
import { createRecordingLogger, type LogLine } from './recording-logger.ts'
import { createSeededRandom } from './seeded-random.ts'
import { testSignatures } from './signatures.ts'
import { createTestChain, DEV, type TestChain } from './test-chain.ts'

/** The parts of a node that talk over the transport port, around a chain. */
export interface NetworkParts {
  readonly chain: Chain
  readonly mempool: MempoolService
  readonly sessions: PeerSessions
  readonly sync: SyncScheduler
  readonly lines: readonly LogLine[]
  stop(): Promise<void>
}

export interface NetworkPartsOptions {
  readonly name: string
  readonly transport: Transport
  /** a chain that no mempool follows yet */
  readonly test: TestChain
  readonly clock: Clock
  /** what the parts get for a chain: a place for failures */
  readonly wrap?: (chain: Chain) => Chain
}

/** Makes and starts them. */
export async function startNetworkParts({
  name,
  transport,
  test,
  clock,
  wrap = (chain) => chain,
}: NetworkPartsOptions): Promise<NetworkParts> {
  const { logger, lines } = createRecordingLogger()
  const random = createSeededRandom(name)
  const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, {
    chain: test.chain,
    signatures: testSignatures,
    verified: test.verified,
    clock,
    logger,
  })
  test.chain.follow(mempool)
  const chain = wrap(test.chain)
  const peers = createPeerNetwork(
    { userAgent: `test/${name}`, services: SERVICE_BLOCKS, sync: DEFAULT_SYNC_OPTIONS },
    { transport, chain, mempool, clock, random, logger },
  )
  await peers.start()
  return {
    chain,
    mempool,
    sessions: peers.sessions,
    sync: peers.sync,
    lines,
    stop: peers.stop,
  }
}

/** A node in a network without wires. */
export interface NetworkNode extends NetworkParts {
  readonly transport: MemoryTransport
  readonly test: TestChain
}

export interface NetworkNodeOptions {
  readonly clock: FakeClock
  readonly parameters?: NetworkParameters
  /** blocks on the chain at the start */
  readonly height?: number
  readonly wrap?: (chain: Chain) => Chain
  readonly chainOptions?: ChainOptions
}

export async function createNetworkNode(
  network: MemoryNetwork,
  name: string,
  { clock, parameters = DEV, height = 0, wrap, chainOptions = {} }: NetworkNodeOptions,
): Promise<NetworkNode> {
  const test = await createTestChain({ parameters, clock, options: chainOptions })
  await test.mineMany(height)
  const transport = network.join(name)
  const parts = await startNetworkParts({ name, transport, test, clock, ...(wrap ? { wrap } : {}) })
  return { ...parts, transport, test }
}

/** Lets everything run that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}

/** Lets time pass in small steps until the condition holds; the milliseconds that it took. */
export async function until(
  clock: FakeClock,
  what: string,
  condition: () => boolean,
  limitMs = 120_000,
): Promise<number> {
  const stepMs = 50
  for (let waited = 0; ; waited += stepMs) {
    await settle()
    if (condition()) return waited
    if (waited >= limitMs) throw new Error(`within ${limitMs} ms it never came true: ${what}`)
    await clock.advance(stepMs)
  }
}
