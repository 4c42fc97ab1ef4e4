/** Fills mempools and makes templates of them: `node mempool-main.ts '<MempoolJob>'` prints a `MempoolOutcome`. */
import { DEFAULT_MEMPOOL_OPTIONS, type MempoolService } from '../../src/mempool/mempool.ts'
import { createBlockTemplate, EXTRA_NONCE_BYTES } from '../../src/mining/template.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { MINER } from '../support/test-chain.ts'
import { childJob, reportOutcome } from './child.ts'
import { watchOtherLoad } from './other-load.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'
import { type Engine, openEngine } from './replay-engine.ts'

export interface MempoolJob {
  /** folder of the payment chain */
  readonly chain: string
  /** of a new LevelDB */
  readonly store: string
  readonly rounds: number
  readonly templates: number
}

/** Of one filling. */
export interface AdmissionRound {
  readonly transactions: number
  readonly milliseconds: number
  /** of all threads */
  readonly cpuMilliseconds: number
}

export interface MempoolOutcome {
  readonly admissions: readonly AdmissionRound[]
  readonly pending: number
  /** of those, how many build on another */
  readonly chained: number
  readonly templateMs: readonly number[]
  readonly templateCpuMs: readonly number[]
  readonly templateTransactions: number
  readonly evictionMs: readonly number[]
  readonly evicted: number
  readonly reorgMs: number
  /** cores that other processes used on average */
  readonly otherCores: number
}

/** Payments that are handed in at once, as from a busy network. */
const AT_ONCE = 128

const blockOf = (bytes: Uint8Array) => {
  const block = decodeBlock(bytes)
  if (!block.ok) throw block.error
  return block.value
}

/** As a peer sends it: decoded on its own, from bytes of its own. */
function decodedAlone({ bytes }: Transaction): Transaction {
  const tx = decodeTransaction(bytes.slice())
  if (!tx.ok) throw tx.error
  return tx.value
}

async function admitAll(mempool: MempoolService, payments: readonly Transaction[]): Promise<AdmissionRound> {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  for (let start = 0; start < payments.length; start += AT_ONCE) {
    const admitted = await Promise.all(payments.slice(start, start + AT_ONCE).map((tx) => mempool.accept(tx)))
    for (const each of admitted) if (!each.ok) throw new Error(`a payment was refused: ${each.error.message}`)
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    transactions: payments.length,
    milliseconds: performance.now() - from,
    cpuMilliseconds: (user + system) / 1_000,
  }
}

interface TemplateTime {
  readonly milliseconds: number
  readonly cpuMilliseconds: number
  readonly transactions: number
}

function templateTime({ chain, mempool }: Engine): TemplateTime {
  const parent = chain.tip()
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  const template = createBlockTemplate({
    parameters: chain.parameters,
    parent,
    bits: chain.nextBits(parent),
    now: parent.header.time + 1,
    entries: mempool.entries(),
    scriptPubKey: MINER.scriptPubKey,
    extraNonce: new Uint8Array(EXTRA_NONCE_BYTES),
  })
  const { user, system } = process.cpuUsage(cpu)
  return {
    milliseconds: performance.now() - from,
    cpuMilliseconds: (user + system) / 1_000,
    transactions: template.transactions.length,
  }
}

/** How long the payment takes that makes a pool full: it is emptied to its share then. */
async function evictionTime(
  engine: Engine,
  payments: readonly Transaction[],
): Promise<{ milliseconds: number; evicted: number }> {
  const last = payments.at(-1)!
  const maxVirtualBytes = engine.mempool.virtualBytes - 1
  const mempool = engine.freshMempool({ ...DEFAULT_MEMPOOL_OPTIONS, maxVirtualBytes })
  await admitAll(mempool, payments.slice(0, -1))
  const before = mempool.size
  const from = performance.now()
  await mempool.accept(last)
  return { milliseconds: performance.now() - from, evicted: before + 1 - mempool.size }
}

/** How long it takes to leave a block of payments while all others are pending. */
async function reorgTime({ chain, mempool }: Engine, bytes: Uint8Array): Promise<number> {
  const accepted = await chain.acceptBlock(blockOf(bytes))
  if (!accepted.ok) throw new Error(accepted.error.code)
  const { hash } = accepted.value.entry
  const pending = mempool.size
  const from = performance.now()
  await chain.invalidate(hash)
  const milliseconds = performance.now() - from
  if (mempool.size <= pending) throw new Error('nothing came back')
  return milliseconds
}

async function measure(job: MempoolJob): Promise<MempoolOutcome> {
  const chain = await openPaymentChain(job.chain)
  const engine = await openEngine({ folder: job.store, indexes: true, lastTime: chain.lastTime })
  for await (const bytes of readBlocks(chain, 0, chain.setUpBlocks)) await engine.offer(bytes)
  const blocks: Uint8Array[] = []
  for await (const bytes of readBlocks(chain, chain.setUpBlocks, chain.lengths.length)) blocks.push(bytes)
  const payments = () => blocks.flatMap((bytes) => blockOf(bytes).transactions.slice(1).map(decodedAlone))

  const otherCores = watchOtherLoad()
  await admitAll(engine.freshMempool(DEFAULT_MEMPOOL_OPTIONS), payments())
  const admissions: AdmissionRound[] = []
  for (let round = 0; round < job.rounds; round++)
    admissions.push(await admitAll(engine.freshMempool(DEFAULT_MEMPOOL_OPTIONS), payments()))
  const all = payments()
  await admitAll(engine.mempool, all)
  const ids = new Set(all.map(({ txid }) => txid))
  const templates = Array.from({ length: job.templates + 2 }, () => templateTime(engine)).slice(2)
  const evictions = []
  for (let round = 0; round < job.rounds; round++) evictions.push(await evictionTime(engine, all))
  const outcome: MempoolOutcome = {
    admissions,
    pending: engine.mempool.size,
    chained: all.filter(({ inputs }) => inputs.some(({ prevout }) => ids.has(prevout.txid))).length,
    templateMs: templates.map(({ milliseconds }) => milliseconds),
    templateCpuMs: templates.map(({ cpuMilliseconds }) => cpuMilliseconds),
    templateTransactions: templates[0]!.transactions,
    evictionMs: evictions.map(({ milliseconds }) => milliseconds),
    evicted: evictions[0]!.evicted,
    reorgMs: await reorgTime(engine, blocks[0]!),
    otherCores: otherCores(),
  }
  await engine.stop()
  await engine.close()
  return outcome
}

reportOutcome(await measure(childJob<MempoolJob>()))
