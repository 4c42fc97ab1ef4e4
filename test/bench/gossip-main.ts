/** A node that takes payments from peers: `node gossip-main.ts '<GossipJob>'` prints a `GossipOutcome`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { createPeerNetwork } from '../../src/network/peer-network.ts'
import { DEFAULT_SYNC_OPTIONS } from '../../src/network/sync-scheduler.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { childJob, reportOutcome } from './child.ts'
import type { EventLoopDelays, GossipJob, GossipOutcome, GossipPeerJob, GossipRound } from './gossip-job.ts'
import { openLoopbackHost } from './loopback-host.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'
import { type Engine, openEngine } from './replay-engine.ts'

const PEER = fileURLToPath(new URL('./gossip-peer-main.ts', import.meta.url))
/** Nothing was taken for so long: payments have been lost, and the round would never end. */
const STALLED_MS = 10_000
/** How often the event loop is looked at. */
const TICK_MS = 10
/** A peer is told of so many payments that were taken at a time. */
const STEP = 50
/** Rounds of which no payment has a parent that is not in a block. */
const isGossiped = (index: number): boolean => index % 2 === 1

interface Peer {
  /** Lets it have published so many in all. */
  allow(count: number): void
  stop(): Promise<void>
}

function startPeer(job: GossipPeerJob): Peer {
  const child = spawn(process.execPath, [PEER, JSON.stringify(job)], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  return {
    allow: (count) => void child.stdin.write(`${count}\n`),
    async stop() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}

const monotonicMicroseconds = (): number => Number(process.hrtime.bigint() / 1_000n)

/** How late the event loop is, and what the main thread computed meanwhile: it may also just not have been given a core. */
interface LoopWatch {
  start(): void
  stop(): void
  delays(): EventLoopDelays
}

function watchLoop(): LoopWatch {
  const delays = createHistogram()
  const computed = createHistogram()
  let timer: NodeJS.Timeout | undefined
  const threadMicroseconds = (): number => {
    const { user, system } = process.threadCpuUsage()
    return user + system
  }
  return {
    start() {
      let [lastTick, lastThread] = [performance.now(), threadMicroseconds()]
      timer = setInterval(() => {
        const [tick, thread] = [performance.now(), threadMicroseconds()]
        delays.record(Math.round((tick - lastTick) * 1_000))
        computed.record(Math.max(1, Math.round(thread - lastThread)))
        lastTick = tick
        lastThread = thread
      }, TICK_MS)
    },
    stop() {
      clearInterval(timer)
    },
    delays: () => ({
      p99Ms: delays.percentile(99) / 1e3,
      maxMs: delays.max / 1e3,
      computedP99Ms: computed.percentile(99) / 1e3,
      computedMaxMs: computed.max / 1e3,
    }),
  }
}

/** Measures what runs meanwhile. */
async function measured(
  kind: GossipRound['kind'],
  transactions: number,
  loop: LoopWatch,
  run: () => Promise<void>,
): Promise<GossipRound> {
  const [cpu, thread, from] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()]
  const fromMicroseconds = monotonicMicroseconds()
  loop.start()
  await run()
  const seconds = (performance.now() - from) / 1_000
  loop.stop()
  const total = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
  return {
    kind,
    transactions,
    seconds,
    cpuSeconds: total(process.cpuUsage(cpu)),
    mainThreadSeconds: total(process.threadCpuUsage(thread)),
    fromMicroseconds,
    toMicroseconds: monotonicMicroseconds(),
  }
}

/** A payment as a peer sends it: decoded on its own, from bytes of its own. */
function decodedAlone({ bytes }: Transaction): Transaction {
  const tx = decodeTransaction(bytes.slice())
  if (!tx.ok) throw tx.error
  return tx.value
}

async function admitDirectly({ mempool }: Engine, payments: readonly Transaction[]): Promise<void> {
  for (const each of await Promise.all(payments.map((tx) => mempool.accept(tx))))
    if (!each.ok) throw new Error(`a payment was refused: ${each.error.code}`)
}

/** Lets the peers publish, each a window ahead of what has been taken of its own, until all are pending. */
async function admitFromPeers(
  { mempool }: Engine,
  payments: readonly Transaction[],
  { peers, window, before }: { peers: readonly Peer[]; window: number; before: readonly number[] },
): Promise<void> {
  const owner = new Map(payments.map(({ wtxid }, place) => [wtxid, place % peers.length]))
  const taken = peers.map(() => 0)
  const shares = peers.map((_, who) => Math.ceil((payments.length - who) / peers.length))
  const allow = (who: number): void =>
    peers[who]!.allow(before[who]! + Math.min(shares[who]!, taken[who]! + window))
  const finished = Promise.withResolvers<void>()
  let lastTaken = performance.now()
  const stop = mempool.events.on('added', ({ transaction }) => {
    const who = owner.get(transaction.wtxid)!
    taken[who]! += 1
    lastTaken = performance.now()
    if (taken[who]! % STEP === 0) allow(who)
    if (mempool.size === payments.length) finished.resolve()
  })
  const watch = setInterval(() => {
    if (performance.now() - lastTaken > STALLED_MS)
      finished.reject(new Error(`${mempool.size} of ${payments.length} payments were taken`))
  }, 1_000)
  for (const who of peers.keys()) allow(who)
  try {
    await finished.promise
  } finally {
    clearInterval(watch)
    stop()
  }
}

async function measure(job: GossipJob): Promise<GossipOutcome> {
  const chain = await openPaymentChain(job.chain)
  const engine = await openEngine({
    folder: join(job.folder, 'chain'),
    indexes: true,
    lastTime: chain.lastTime,
  })
  for await (const bytes of readBlocks(chain, 0, chain.setUpBlocks)) await engine.offer(bytes)
  const { host, close } = await openLoopbackHost(job.folder)
  const network = createPeerNetwork(
    { userAgent: 'bench', services: SERVICE_BLOCKS, sync: DEFAULT_SYNC_OPTIONS },
    { ...engine, transport: host, random: systemRandom, logger: SILENT_LOGGER },
  )
  await network.start()
  await host.start()
  const blocks = Array.from({ length: chain.plan.blocks }, (_, index) => index)
  const peers: Peer[] = []
  for (let share = 0; share < job.peers; share++) {
    const folder = join(job.folder, `peer-${share}`)
    await mkdir(folder)
    const [node] = host.addresses()
    peers.push(
      startPeer({
        folder,
        chain: job.chain,
        node: node!,
        blocks: blocks.filter(isGossiped),
        share,
        of: job.peers,
      }),
    )
  }
  while (network.sessions.list().length < job.peers) await delay(50)

  const rounds: GossipRound[] = []
  const before = peers.map(() => 0)
  const loops = { gossip: watchLoop(), direct: watchLoop(), warmUp: watchLoop() }
  for await (const bytes of readBlocks(chain, chain.setUpBlocks, chain.lengths.length)) {
    const index = rounds.length
    const block = decodeBlock(bytes)
    if (!block.ok) throw block.error
    const payments = block.value.transactions.slice(1).map(decodedAlone)
    const kind = isGossiped(index) ? 'gossip' : 'direct'
    const { window } = job
    const loop = loops[index < 2 * job.warmUp ? 'warmUp' : kind]
    const round = await measured(kind, payments.length, loop, () =>
      isGossiped(index)
        ? admitFromPeers(engine, payments, { peers, window, before })
        : admitDirectly(engine, payments),
    )
    rounds.push(round)
    if (isGossiped(index)) for (const [place] of payments.entries()) before[place % peers.length]! += 1
    process.stderr.write(`${kind}: ${(round.transactions / round.seconds).toFixed(0)} payments a second\n`)
    await engine.offer(bytes)
    if (engine.mempool.size !== 0) throw new Error(`${engine.mempool.size} payments are left in the mempool`)
  }
  for (const peer of peers) await peer.stop()
  await network.stop()
  await close()
  await engine.stop()
  await engine.close()
  return {
    rounds: rounds.slice(2 * job.warmUp),
    gossip: loops.gossip.delays(),
    direct: loops.direct.delays(),
  }
}

reportOutcome(await measure(childJob<GossipJob>()))
