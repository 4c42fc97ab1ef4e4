import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { SCHEMA_VERSION } from '../../src/storage/keyspace.ts'
import { atMost, type Bench, type BenchResult, median } from './bench.ts'
import type { CachedCoinsJob, CachedCoinsOutcome } from './cached-coins-main.ts'
import { runInChild } from './child.ts'
import { cacheFolder, loadPaymentChain, type PaymentChain } from './payment-chain.ts'
import { REPLAY, type ReplayJob, type ReplayOutcome, WINDOW } from './replay-job.ts'

const CACHED_COINS = new URL('./cached-coins-main.ts', import.meta.url)

/** Payment blocks before the measurement: V8 compiles the engine while they are replayed, whatever there is to find. */
const WARM_UP_BLOCKS = 5
/** Payments of each block. */
const BLOCK_PAYMENTS = 1_000

/** A payment chain and a LevelDB that holds its set-up. */
interface CoinSet {
  readonly label: string
  readonly chain: PaymentChain
  readonly store: string
}

const labelOf = (count: number): string => (count >= 1e6 ? `${count / 1e6}M` : `${count / 1e3}k`)

async function replay(chain: PaymentChain, job: Pick<ReplayJob, 'store' | 'from' | 'timedFrom' | 'to'>) {
  const rest = { reopen: false, indexes: false, nativeMs: 0, countCoins: false, ...WINDOW }
  return runInChild<ReplayOutcome>(REPLAY, { ...rest, ...job, chain: chain.folder } satisfies ReplayJob)
}

/** A coin set from the cache folder, or made now through the chain itself. */
async function loadCoinSet(coins: number, payments: number, rebuild: boolean): Promise<CoinSet> {
  const blocks = WARM_UP_BLOCKS + Math.ceil(payments / BLOCK_PAYMENTS)
  const chain = await loadPaymentChain({ coins, blocks, transactions: blocks * BLOCK_PAYMENTS, inputs: 1 })
  const store = join(cacheFolder(), `coins-s${SCHEMA_VERSION}-${basename(chain.folder)}`)
  if (rebuild) await rm(store, { recursive: true, force: true })
  if (!existsSync(store)) {
    process.stderr.write(`making a set of ${coins} coins\n`)
    const unfinished = `${store}.${process.pid}`
    const { setUpBlocks } = chain
    try {
      await replay(chain, { store: unfinished, from: 0, timedFrom: setUpBlocks, to: setUpBlocks })
      await rename(unfinished, store)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  }
  return { label: labelOf(coins), chain, store }
}

/** Replays the payments over a copy of the coin set, with empty caches. */
async function replayPayments({ chain, store }: CoinSet): Promise<ReplayOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-coins-'))
  try {
    const copy = join(folder, 'chain')
    await cp(store, copy, { recursive: true })
    const { setUpBlocks, lengths } = chain
    return await replay(chain, {
      store: copy,
      from: setUpBlocks,
      timedFrom: setUpBlocks + WARM_UP_BLOCKS,
      to: lengths.length,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a coin in the cache takes, when it is as full as the set-up of the chain makes it. */
async function measureCachedCoins(chain: PaymentChain): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-coins-'))
  try {
    const job: CachedCoinsJob = { chain: chain.folder, store: join(folder, 'chain') }
    const outcome = await runInChild<CachedCoinsOutcome>(CACHED_COINS, job, ['--expose-gc'])
    const { coins, bytes, measuredBytes } = outcome
    return {
      bytesPerCachedCoin: bytes / coins,
      measuredBytesPerCachedCoin: measuredBytes / coins,
      cachedCoins: coins,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  name: 'coins',
  description: 'what an input costs with 100 thousand, 1 and 3 million unspent coins, with empty caches',
  async run(args): Promise<BenchResult> {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '3' },
        coins: { type: 'string', default: '100000,1000000,3000000' },
        transactions: { type: 'string', default: '20000' },
        rebuild: { type: 'boolean', default: false },
      },
    })
    const sets: CoinSet[] = []
    for (const coins of values.coins.split(','))
      sets.push(await loadCoinSet(Number(coins), Number(values.transactions), values.rebuild))
    const measured = sets.map((): ReplayOutcome[] => [])
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const [i, set] of sets.entries()) measured[i]!.push(await replayPayments(set))
      process.stderr.write(`round ${round} of ${values.rounds}\n`)
    }
    const figures: Record<string, number> = {}
    const costOf = ({ seconds, inputs }: ReplayOutcome): number => (seconds * 1e6) / inputs
    const cpuCostOf = ({ cpuSeconds, inputs }: ReplayOutcome): number => (cpuSeconds * 1e6) / inputs
    const overFirst = (rounds: readonly ReplayOutcome[], cost: typeof costOf): number =>
      median(rounds.map((outcome, round) => cost(outcome) / cost(measured[0]![round]!)))
    for (const [i, { label }] of sets.entries()) {
      const rounds = measured[i]!
      figures[`microsecondsPerInput${label}`] = median(rounds.map(costOf))
      figures[`cpuMicrosecondsPerInput${label}`] = median(rounds.map(cpuCostOf))
      figures[`peakRssMB${label}`] = median(rounds.map(({ peakRssBytes }) => peakRssBytes / 1e6))
      if (i === 0) continue
      figures[`costRatio${label}`] = overFirst(rounds, costOf)
      figures[`cpuCostRatio${label}`] = overFirst(rounds, cpuCostOf)
    }
    figures.otherProcessesCores = median(measured.flat().map(({ otherCores }) => otherCores))
    Object.assign(figures, await measureCachedCoins(sets.at(-1)!.chain))
    const goals = [
      ...(figures.costRatio3M === undefined ? [] : [atMost(figures, 'costRatio3M', 1.5)]),
      atMost(figures, 'bytesPerCachedCoin', 219),
    ]
    return { figures, goals }
  },
}
