/** One node of the bench `sync`: `node sync-main.ts '<SyncJob>'`, a sender until its standard input ends. */
import { once } from 'node:events'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { createHost } from '../../src/network/host.ts'
import { createPeerNetwork } from '../../src/network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS } from '../../src/network/sync-scheduler.ts'
import { loadOrCreateIdentity } from '../../src/platform/node/identity.ts'
import { nodeTransports } from '../../src/platform/node/libp2p.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { childJob, reportOutcome } from './child.ts'
import { watchOtherLoad } from './other-load.ts'
import { openPaymentChain, type PaymentChain, readBlocks } from './payment-chain.ts'
import { peakRss } from './peak-rss.ts'
import { type Engine, openEngine } from './replay-engine.ts'
import type { ReceiverOutcome, SenderReport, SyncJob } from './sync-job.ts'

const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

/** A node over an engine, as `createNode` puts it together, on loopback. */
async function startNode({ folder, role }: SyncJob, { chain, mempool, clock }: Engine) {
  const random = systemRandom
  const logger = SILENT_LOGGER
  const peers = await openPeerDatabase(join(folder, 'peers'))
  const host = createHost(
    {
      networkId: chain.parameters.id,
      listen: role === 'sender' ? [LOOPBACK] : [],
      bootstrap: [],
      dht: 'off',
    },
    {
      ...{ clock, random, logger, datastore: peers.datastore, records: peers.records },
      privateKey: await loadOrCreateIdentity(join(folder, 'identity')),
      transports: nodeTransports(),
    },
  )
  const network = createPeerNetwork(
    { userAgent: 'bench', services: SERVICE_BLOCKS, sync: DEFAULT_SYNC_OPTIONS },
    { transport: host, chain, mempool, clock, random, logger },
  )
  await network.start()
  await host.start()
  return {
    host,
    async stop() {
      await network.stop()
      await host.stop()
      await peers.close()
    },
  }
}

const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

async function send(job: SyncJob, engine: Engine): Promise<void> {
  const say = (report: SenderReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`)
  const node = await startNode(job, engine)
  const baselineRss = process.memoryUsage.rss()
  const before = process.cpuUsage()
  say({ event: 'started', address: node.host.addresses()[0]! })
  await once(process.stdin.resume(), 'end')
  say({ event: 'ended', baselineRss, peakRss: peakRss(), cpuSeconds: cpuSeconds(before) })
  await node.stop()
  await engine.stop()
  await engine.close()
}

async function reachedTip({ chain }: Engine, { tip }: PaymentChain): Promise<void> {
  const reached = Promise.withResolvers<void>()
  const off = chain.events.on('tipChanged', () => {
    if (chain.tip().hash === tip) reached.resolve()
  })
  await reached.promise
  off()
}

async function receive(job: SyncJob, plan: PaymentChain, open: () => Promise<Engine>): Promise<void> {
  // The set-up is what a replay is not timed for either.
  let engine = await open()
  for await (const bytes of readBlocks(plan, 0, plan.setUpBlocks)) await engine.offer(bytes)
  await engine.stop()
  await engine.close()
  engine = await open()
  const node = await startNode(job, engine)

  const delay = monitorEventLoopDelay({ resolution: 10 })
  const otherCores = watchOtherLoad()
  const cpu = process.cpuUsage()
  const monotonicMicroseconds = (): number => Number(process.hrtime.bigint() / 1_000n)
  const fromMicroseconds = monotonicMicroseconds()
  const from = performance.now()
  delay.enable()
  const done = reachedTip(engine, plan)
  await Promise.all(job.senders.map((address) => node.host.dial(address)))
  await done
  await engine.stop()
  const seconds = (performance.now() - from) / 1_000
  const toMicroseconds = monotonicMicroseconds()
  delay.disable()
  reportOutcome({
    transactions: plan.plan.transactions,
    bytes: plan.lengths.slice(plan.setUpBlocks).reduce((sum, length) => sum + length, 0),
    seconds,
    cpuSeconds: cpuSeconds(cpu),
    peakRssBytes: peakRss(),
    eventLoopDelayP99Ms: delay.percentile(99) / 1e6,
    eventLoopDelayMaxMs: delay.max / 1e6,
    otherCores: otherCores(),
    fromMicroseconds,
    toMicroseconds,
  } satisfies ReceiverOutcome)
  await node.stop()
  await engine.close()
}

const job = childJob<SyncJob>()
const plan = await openPaymentChain(job.chain)
const open = (): Promise<Engine> => openEngine({ folder: job.store, indexes: false, lastTime: plan.lastTime })
if (job.role === 'sender') await send(job, await open())
else await receive(job, plan, open)
