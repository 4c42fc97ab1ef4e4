import { onTestFinished } from 'vitest'
import type { ApiContext, ApiInstance } from '../../src/api/context.ts'
import { createApp } from '../../src/api/server.ts'
import { createEmitter, type Emitter } from '../../src/base/emitter.ts'
import type { ChainOptions } from '../../src/chain/chain.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS, type MempoolService } from '../../src/mempool/mempool.ts'
import { createMiner } from '../../src/mining/miner.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type Logger, SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Miner } from '../../src/ports/miner.ts'
import type { NodeServices, PeerView, SyncStatus } from '../../src/ports/node-services.ts'
import type { PeerId, TransportEvents } from '../../src/ports/transport.ts'
import { encodeAddress } from '../../src/script/address.ts'
import type { TestKey } from './key.ts'
import { createTestPeerControl, type TestPeerControl } from './peer-view.ts'
import { createSeededRandom } from './seeded-random.ts'
import { testSignatures } from './signatures.ts'
import { createTestChain, DEV, type TestChain } from './test-chain.ts'

/** Of a node that has nothing to fetch. */
export const IDLE_SYNC: SyncStatus = {
  phase: 'idle',
  height: 0,
  bestHeight: 0,
  blocksLeft: 0,
  blocksPerSecond: 0,
  secondsLeft: undefined,
  presyncPercent: undefined,
  peers: 0,
}

export const addressOf = (key: Pick<TestKey, 'scriptPubKey'>): string =>
  encodeAddress(key.scriptPubKey, DEV.prefix)!

export interface TestMiner extends Miner {
  /** makes `generate` wait until its signal aborts, as on a network where blocks are hard to find */
  stuck: boolean
  /** how many searches are under way */
  searching: number
}

/** A miner that finds each block at once. */
export function createTestMiner(test: TestChain, mempool: MempoolService): TestMiner {
  const { mine } = test
  const search = { threads: 0, search: searchInVain, hashes: () => 0, close: async () => {} }
  const random = createSeededRandom('miner')
  const { template, submit } = createMiner({}, { ...test, mempool, search, random, logger: SILENT_LOGGER })
  let address: string | undefined
  let blocksFound = 0
  const miner: TestMiner = {
    template,
    submit,
    stuck: false,
    searching: 0,
    status: () => ({ mining: address !== undefined, threads: 2, hashesPerSecond: 0, blocksFound, address }),
    start: (_script, payTo) => {
      address = payTo
    },
    async stop() {
      address = undefined
    },
    async generate(count, scriptPubKey, signal) {
      const hashes = []
      for (let i = 0; i < count; i++) {
        if (miner.stuck) await searchInVain(undefined, signal)
        hashes.push((await mine({ scriptPubKey })).hash)
        blocksFound += 1
      }
      return hashes
    },
  }
  function searchInVain(_job: unknown, signal: AbortSignal): Promise<never> {
    miner.searching += 1
    return new Promise((_, reject) => {
      const stop = () => {
        miner.searching -= 1
        reject(signal.reason)
      }
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
  }
  return miner
}

export interface ApiNode extends TestChain {
  readonly mempool: MempoolService
  readonly testMiner: TestMiner
  readonly peers: PeerView[]
  readonly peerControl: TestPeerControl
  readonly peerEvents: Emitter<TransportEvents>
  readonly services: NodeServices
  readonly context: ApiContext
  readonly app: ApiInstance
  /** what the API logged as failures of its own */
  readonly faults: unknown[]
  get(url: string): Promise<ApiAnswer>
  post(url: string, body?: unknown): Promise<ApiAnswer>
  delete(url: string): Promise<ApiAnswer>
}

export const API_TOKEN = 'token-of-the-test'
export const API_SETTINGS = { token: API_TOKEN, origins: ['https://wallet.example'], rateLimit: 100_000 }

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

/** The API over a real chain and mempool in memory, without a socket. */
export async function createApiNode(
  overrides: Partial<NodeServices> = {},
  chainOptions: ChainOptions = {},
  apiClock?: Clock,
): Promise<ApiNode> {
  const test = await createTestChain({ options: chainOptions })
  const { chain, clock } = test
  const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, {
    chain,
    signatures: testSignatures,
    verified: test.verified,
    clock,
    logger: SILENT_LOGGER,
  })
  chain.follow(mempool)
  const testMiner = createTestMiner(test, mempool)
  const peers: PeerView[] = []
  const peerControl = createTestPeerControl(peers)
  const peerEvents = createEmitter<TransportEvents>()
  const services: NodeServices = {
    userAgent: 'cairn/test',
    peerId: '12D3KooWTest' as PeerId,
    startedAt: clock.now(),
    signatureBackend: 'noble',
    hashEngine: 'javascript',
    chain,
    mempool,
    miner: testMiner,
    addresses: () => ['/ip4/127.0.0.1/tcp/29470/p2p/12D3KooWTest'],
    peers: () => peers,
    peerControl,
    peerEvents,
    sync: () => ({ ...IDLE_SYNC, blocksLeft: chain.bestHeader().height - chain.tip().height }),
    askPeers: () => {},
    gossipCounts: () => new Map([['/cairn/0/tx/1', { accept: 3, ignore: 2, reject: 1 }]]),
    databaseBytes: async () => 4_096,
    ...overrides,
  }
  const faults: unknown[] = []
  const logger: Logger = { ...SILENT_LOGGER, error: (_phrase, fields) => void faults.push(fields?.error) }
  const stopping = new AbortController()
  const context: ApiContext = {
    services,
    clock: apiClock ?? clock,
    ...API_SETTINGS,
    stopping: stopping.signal,
  }
  const app = createApp(context, logger)
  onTestFinished(async () => {
    stopping.abort()
    await app.close()
  })
  const headers = { host: '127.0.0.1:29472', authorization: `Bearer ${API_TOKEN}` }
  return {
    ...test,
    mempool,
    testMiner,
    peers,
    peerControl,
    peerEvents,
    services,
    context,
    app,
    faults,
    async get(url) {
      const { statusCode, body } = await app.inject({ url, headers })
      return { status: statusCode, body: JSON.parse(body) }
    },
    async delete(url) {
      const { statusCode, body } = await app.inject({ method: 'DELETE', url, headers })
      return { status: statusCode, body: JSON.parse(body) }
    },
    async post(url, payload) {
      const { statusCode, body } = await app.inject({
        method: 'POST',
        url,
        headers,
        ...(payload === undefined ? {} : { payload: payload as object }),
      })
      return { status: statusCode, body: JSON.parse(body) }
    },
  }
}
