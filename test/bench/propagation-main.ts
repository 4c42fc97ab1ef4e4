/** Some of the nodes of the `propagation` bench, told by its parent over IPC what to do: `PropagationJob` and what follows. */
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { topicName } from '../../protocols/protocol-id.ts'
import { createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS } from '../../src/mempool/mempool.ts'
import type { Host } from '../../src/network/host.ts'
import { createPeerNetwork, type PeerNetwork } from '../../src/network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS } from '../../src/network/sync-scheduler.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Signatures } from '../../src/ports/signatures.ts'
import { type Block, decodeBlock, MAX_BLOCK_BYTES } from '../../src/primitives/block.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { withOverrides } from '../support/overrides.ts'
import { DEV } from '../support/test-chain.ts'
import { childJob } from './child.ts'
import { openLoopbackHost } from './loopback-host.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'
import type { PropagationJob, PropagationOrder, PropagationReport, Way } from './propagation-job.ts'

const WHOLE_TOPIC = topicName(DEV, 'whole-block-bench', 1)
/** Until gossipsub has made its meshes: a few of its heartbeats. */
const SETTLING_MS = 4_000
/** All payments are pending everywhere: their signatures have been checked, here by nobody. */
const checked: Signatures = {
  backend: 'none',
  threads: 0,
  firstInvalid: async () => undefined,
  async close() {},
}

const microseconds = (): number => Number(process.hrtime.bigint() / 1_000n)

const sockets = new Set<Socket>()
for (const channel of ['net.client.socket', 'net.server.socket'])
  subscribe(channel, (message) => sockets.add((message as { socket: Socket }).socket))

interface BenchNode {
  readonly number: number
  readonly host: Host
  readonly chain: Chain
  readonly network: PeerNetwork
}

const { chain: chainFolder, folder, nodes: numbers } = childJob<PropagationJob>()
const plan = await openPaymentChain(chainFolder)
let way: Way = 'compact'
let publishedAt: number | undefined
const nodes: BenchNode[] = []

function decoded(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes)
  if (!block.ok) throw block.error
  return block.value
}

async function accept(chain: Chain, block: Block): Promise<boolean> {
  const accepted = await chain.acceptBlock(block)
  if (!accepted.ok) throw new Error(accepted.error.code)
  return accepted.value.connected
}

async function openNode(number: number, setUp: readonly Block[], payments: readonly Transaction[]) {
  const verified = createVerifiedTransactions()
  const shared = { signatures: checked, verified, clock: systemClock, logger: SILENT_LOGGER }
  const store = createChainStore(createMemoryStore(), { addresses: false, transactions: false })
  const chain = createChain(DEV, { ...shared, store, random: systemRandom })
  const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, { ...shared, chain })
  chain.follow(mempool)
  await chain.start()
  for (const block of setUp) await accept(chain, block)
  // Before anybody listens: nothing of this is told to peers.
  for (const tx of payments) {
    const admitted = await mempool.accept(tx)
    if (!admitted.ok) throw new Error(admitted.error.code)
  }
  const place = join(folder, `${number}`)
  await mkdir(place)
  const { host } = await openLoopbackHost(place, { targetOutbound: 0 })
  // In a round of whole blocks the node's own announcements stay away.
  const events: Chain['events'] = {
    on: (event, listener) =>
      chain.events.on(event, (value) => {
        if (event !== 'tipChanged' || way === 'compact') listener(value)
      }),
  }
  const transport = withOverrides<Host>(host, {
    publish(topic, message) {
      publishedAt ??= microseconds()
      return host.publish(topic, message)
    },
  })
  const network = createPeerNetwork(
    { userAgent: 'bench', services: SERVICE_BLOCKS, sync: DEFAULT_SYNC_OPTIONS },
    {
      transport,
      chain: withOverrides<Chain>(chain, { events }),
      mempool,
      clock: systemClock,
      random: systemRandom,
      logger: SILENT_LOGGER,
    },
  )
  await network.start()
  host.subscribe(WHOLE_TOPIC, MAX_BLOCK_BYTES, async (message) =>
    (await accept(chain, decoded(message))) ? 'accept' : 'ignore',
  )
  await host.start()
  nodes.push({ number, host, chain, network })
}

const blocks: Uint8Array[] = []
for await (const bytes of readBlocks(plan, 0, plan.lengths.length)) blocks.push(bytes)
const setUp = blocks.slice(0, plan.setUpBlocks).map(decoded)
const payments = blocks
  .slice(plan.setUpBlocks)
  .flatMap((bytes) => decoded(bytes).transactions.slice(1))
  .map(({ bytes }) => {
    // From bytes of its own, as peers send it.
    const tx = decodeTransaction(bytes.slice())
    if (!tx.ok) throw tx.error
    return tx.value
  })
for (const number of numbers) await openNode(number, setUp, payments)
let next = plan.setUpBlocks

async function take(kind: Way, miner: number): Promise<PropagationReport> {
  way = kind
  publishedAt = undefined
  const bytes = blocks[next++]!
  const { hash } = decoded(bytes)
  const connectedAt: number[] = []
  const all = nodes.map(async ({ number, host, chain }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = chain.events.on('tipChanged', ({ tip }) => {
      if (tip.hash !== hash) return
      if (number !== miner) connectedAt.push(microseconds())
      resolve()
    })
    if (number === miner) {
      await accept(chain, decoded(bytes))
      if (kind === 'whole') {
        publishedAt = microseconds()
        await host.publish(WHOLE_TOPIC, bytes)
      }
    }
    await promise
    stop()
  })
  await Promise.all(all)
  const mined = nodes.some(({ number }) => number === miner)
  return {
    kind: 'taken',
    blockBytes: bytes.length,
    publishedAt: mined ? publishedAt : undefined,
    connectedAt,
  }
}

async function obey(order: PropagationOrder): Promise<PropagationReport> {
  switch (order.kind) {
    case 'dial':
      for (const { node, address } of order.dials)
        await nodes.find(({ number }) => number === node)!.host.dial(address)
      return { kind: 'done' }
    case 'settle':
      while (nodes.some(({ network }, i) => network.sessions.list().length < order.peers[i]!)) await delay(50)
      await delay(SETTLING_MS)
      return { kind: 'done' }
    case 'block':
      return take(order.way, order.miner)
    case 'count-bytes':
      return { kind: 'bytes', received: [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0) }
  }
}

const report = (what: PropagationReport): void => void process.send!(what)
report({ kind: 'ready', addresses: nodes.map(({ host }) => host.addresses()[0]!) })
process.on('message', (order: PropagationOrder) => {
  obey(order).then(report, (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  })
})
await once(process, 'disconnect')
process.exit(0)
