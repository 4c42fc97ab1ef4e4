import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { atLeast, atMost, type Bench, median } from './bench.ts'
import { runInChild } from './child.ts'
import { topSelfTimes } from './cpu-profile.ts'
import { loadPaymentChain, type PaymentChain } from './payment-chain.ts'
import { REPLAY, type ReplayJob, type ReplayOutcome, WINDOW } from './replay-job.ts'

interface RoundOptions {
  readonly indexes: boolean
  readonly windowBlocks: number
  readonly windowBytes: number
  /** where a profile of each thread goes */
  readonly profile: string | undefined
}

/** One replay into a LevelDB of its own. */
async function replayOnce(
  chain: PaymentChain,
  { profile, ...options }: RoundOptions,
): Promise<ReplayOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-replay-'))
  try {
    const job: ReplayJob = {
      ...options,
      chain: chain.folder,
      store: join(folder, 'chain'),
      from: 0,
      timedFrom: chain.setUpBlocks,
      to: chain.lengths.length,
      reopen: true,
      nativeMs: 1_000,
      countCoins: true,
    }
    const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
    return await runInChild<ReplayOutcome>(REPLAY, job, [...nodeFlags(), ...profiling])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  name: 'replay',
  description: 'payments a second that a chain replays with all checks, next to the rate of signatures alone',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '3' },
        blocks: { type: 'string', default: '200' },
        transactions: { type: 'string', default: '200000' },
        inputs: { type: 'string', default: '1' },
        coins: { type: 'string', default: '50000' },
        indexes: { type: 'boolean', default: false },
        'window-blocks': { type: 'string', default: `${WINDOW.windowBlocks}` },
        'window-megabytes': { type: 'string', default: `${WINDOW.windowBytes / 1e6}` },
        'cpu-profile': { type: 'string' },
      },
    })
    const chain = await loadPaymentChain({
      coins: Number(values.coins),
      blocks: Number(values.blocks),
      transactions: Number(values.transactions),
      inputs: Number(values.inputs),
    })
    const profiles = values['cpu-profile'] === undefined ? undefined : resolve(values['cpu-profile'])
    const rounds: ReplayOutcome[] = []
    for (let round = 1; round <= Number(values.rounds); round++) {
      const profile = profiles && join(profiles, `round-${round}`)
      if (profile !== undefined) await mkdir(profile, { recursive: true })
      const outcome = await replayOnce(chain, {
        indexes: values.indexes,
        windowBlocks: Number(values['window-blocks']),
        windowBytes: Number(values['window-megabytes']) * 1e6,
        profile,
      })
      rounds.push(outcome)
      const rate = (outcome.transactions / outcome.seconds).toFixed(0)
      process.stderr.write(`round ${round} of ${values.rounds}: ${rate} transactions a second\n`)
      if (profile !== undefined)
        for (const line of await topSelfTimes(profile, outcome.fromMicroseconds, outcome.toMicroseconds))
          process.stderr.write(`${line}\n`)
    }
    const middle = (of: (outcome: ReplayOutcome) => number): number => median(rounds.map(of))
    const figures = {
      transactionsPerSecond: middle((r) => r.transactions / r.seconds),
      inputsPerSecond: middle((r) => r.inputs / r.seconds),
      blocksPerSecond: middle((r) => r.blocks / r.seconds),
      megabytesPerSecond: middle((r) => r.bytes / 1e6 / r.seconds),
      nativeVerifiesPerSecond: middle((r) => r.nativeVerifiesPerSecond),
      ratio: middle((r) => r.inputs / r.seconds / r.nativeVerifiesPerSecond),
      peakRssMB: middle((r) => r.peakRssBytes / 1e6),
      eventLoopDelayP99Ms: middle((r) => r.eventLoopDelayP99Ms),
      eventLoopDelayMaxMs: middle((r) => r.eventLoopDelayMaxMs),
      cpuMicrosecondsPerTransaction: middle((r) => (r.cpuSeconds * 1e6) / r.transactions),
      cpuCores: middle((r) => r.cpuSeconds / r.seconds),
      otherProcessesCores: middle((r) => r.otherCores),
      secondsToTip: middle((r) => r.secondsToTip),
      seconds: middle((r) => r.seconds),
      setUpSeconds: middle((r) => r.setUpSeconds),
      transactions: rounds[0]!.transactions,
      blocks: rounds[0]!.blocks,
    }
    return { figures, goals: [atLeast(figures, 'ratio', 1.2), atMost(figures, 'peakRssMB', 400)] }
  },
}
