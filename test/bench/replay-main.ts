/** Replays a payment chain in a process of its own: `node replay-main.ts '<ReplayJob>'` prints a `ReplayOutcome`. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { childJob, reportOutcome } from './child.ts'
import { measureNativeRate } from './native-rate.ts'
import { watchOtherLoad } from './other-load.ts'
import { openPaymentChain, type PaymentChain, readBlocks, readChecks } from './payment-chain.ts'
import { peakRss } from './peak-rss.ts'
import { createNativeVerify, type Engine, openEngine } from './replay-engine.ts'
import type { ReplayJob, ReplayOutcome } from './replay-job.ts'

/** Offers the blocks in order, several of them before the first is done, and returns the bytes of all. */
async function offerBlocks(
  engine: Engine,
  blocks: AsyncIterable<Uint8Array>,
  { windowBlocks, windowBytes }: ReplayJob,
): Promise<number> {
  const underWay: { readonly length: number; readonly done: Promise<void> }[] = []
  let bytesUnderWay = 0
  let total = 0
  const finishOne = async () => {
    const { length, done } = underWay.shift()!
    await done
    bytesUnderWay -= length
  }
  for await (const bytes of blocks) {
    const { length } = bytes
    while (underWay.length >= windowBlocks || (underWay.length > 0 && bytesUnderWay + length > windowBytes))
      await finishOne()
    const done = engine.offer(bytes)
    // It is awaited in its turn: until then a failure is not unhandled.
    done.catch(() => {})
    underWay.push({ length, done })
    bytesUnderWay += length
    total += length
  }
  while (underWay.length > 0) await finishOne()
  return total
}

const monotonicMicroseconds = (): number => Number(process.hrtime.bigint() / 1_000n)

async function replay(job: ReplayJob): Promise<ReplayOutcome> {
  const chain = await openPaymentChain(job.chain)
  const open = () => openEngine({ folder: job.store, indexes: job.indexes, lastTime: chain.lastTime })
  const checks = await readChecks(chain)
  const verify = await createNativeVerify()
  const nativeRate = async () => (job.nativeMs > 0 ? measureNativeRate(verify, checks, job.nativeMs) : 0)
  const nativeBefore = await nativeRate()

  const setUpFrom = performance.now()
  let engine = await open()
  await offerBlocks(engine, readBlocks(chain, job.from, job.timedFrom), job)
  if (job.reopen) {
    await engine.stop()
    await engine.close()
    engine = await open()
  }

  const delay = monitorEventLoopDelay({ resolution: 10 })
  const otherCores = watchOtherLoad()
  const cpu = process.cpuUsage()
  const from = performance.now()
  const fromMicroseconds = monotonicMicroseconds()
  delay.enable()
  const bytes = await offerBlocks(engine, readBlocks(chain, job.timedFrom, job.to), job)
  const atTip = performance.now()
  await engine.stop()
  const end = performance.now()
  const toMicroseconds = monotonicMicroseconds()
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  const others = otherCores()
  const peakRssBytes = peakRss()
  await engine.close()
  const nativeAfter = await nativeRate()
  await checkResult(job, chain, open)

  const blocks = job.to - job.timedFrom
  const { plan, setUpBlocks } = chain
  const paid = (block: number) =>
    Math.floor((Math.max(0, block - setUpBlocks) * plan.transactions) / plan.blocks)
  const transactions = paid(job.to) - paid(job.timedFrom)
  return {
    blocks,
    transactions,
    inputs: transactions * plan.inputs,
    bytes,
    setUpSeconds: (from - setUpFrom) / 1_000,
    secondsToTip: (atTip - from) / 1_000,
    seconds: (end - from) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    otherCores: others,
    peakRssBytes,
    eventLoopDelayP99Ms: delay.percentile(99) / 1e6,
    eventLoopDelayMaxMs: delay.max / 1e6,
    nativeVerifiesPerSecond: (nativeBefore + nativeAfter) / 2,
    fromMicroseconds,
    toMicroseconds,
  }
}

/** Opens what is on the disk once more: fast and wrong would be no result. */
async function checkResult(job: ReplayJob, chain: PaymentChain, open: () => Promise<Engine>): Promise<void> {
  const engine = await open()
  const { height, hash } = engine.chain.tip()
  if (height !== job.to) throw new Error(`the chain ends at height ${height}, not ${job.to}`)
  if (job.to === chain.lengths.length && hash !== chain.tip) throw new Error(`the chain ends at ${hash}`)
  if (job.countCoins) {
    const { count } = await engine.chain.coinStatistics()
    if (count !== chain.unspent) throw new Error(`there are ${count} coins, not ${chain.unspent}`)
  }
  await engine.stop()
  await engine.close()
}

reportOutcome(await replay(childJob<ReplayJob>()))
