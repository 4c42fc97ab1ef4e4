import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { atLeast, type Bench, median } from './bench.ts'
import { runInChild } from './child.ts'
import { topSelfTimes } from './cpu-profile.ts'
import { loadPaymentChain, type PaymentChain } from './payment-chain.ts'
import { REPLAY, type ReplayJob, type ReplayOutcome, WINDOW } from './replay-job.ts'
import { type ReceiverOutcome, SYNC_NODE, type SyncJob } from './sync-job.ts'
import { type Sender, startSender } from './sync-sender.ts'

const MANY = 4

/** The chain replayed with all checks into a new LevelDB, which is left for the senders. */
const replay = (chain: PaymentChain, store: string): Promise<ReplayOutcome> => {
  const job: ReplayJob = {
    ...WINDOW,
    chain: chain.folder,
    store,
    from: 0,
    timedFrom: chain.setUpBlocks,
    to: chain.lengths.length,
    reopen: true,
    indexes: false,
    nativeMs: 0,
    countCoins: false,
  }
  return runInChild<ReplayOutcome>(REPLAY, job, nodeFlags())
}

interface SyncRound extends ReceiverOutcome {
  /** the most of any sender */
  readonly senderPeakRss: number
  readonly senderBaselineRss: number
  readonly senderCpuSeconds: number
}

/** A new node that syncs from so many others, each with a copy of a whole chain. */
async function syncFrom(
  count: number,
  chain: PaymentChain,
  whole: string,
  folder: string,
  profile: string | undefined,
): Promise<SyncRound> {
  const job = async (name: string): Promise<Omit<SyncJob, 'role' | 'senders'>> => {
    const own = join(folder, name)
    await mkdir(own, { recursive: true })
    return { folder: own, chain: chain.folder, store: join(own, 'chain') }
  }
  const senders: Sender[] = []
  try {
    for (let i = 0; i < count; i++) {
      const sender = await job(`sender-${i}`)
      await cp(whole, sender.store, { recursive: true })
      senders.push(await startSender({ ...sender, role: 'sender', senders: [] }))
    }
    const addresses = senders.map(({ address }) => address)
    const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
    const outcome = await runInChild<ReceiverOutcome>(
      SYNC_NODE,
      { ...(await job('receiver')), role: 'receiver', senders: addresses } satisfies SyncJob,
      [...nodeFlags(), ...profiling],
    )
    const ended = await Promise.all(senders.map((sender) => sender.end()))
    return {
      ...outcome,
      senderPeakRss: Math.max(...ended.map(({ peakRss }) => peakRss)),
      senderBaselineRss: median(ended.map(({ baselineRss }) => baselineRss)),
      senderCpuSeconds: ended.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    }
  } finally {
    await Promise.allSettled(senders.map((sender) => sender.end()))
    await rm(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  name: 'sync',
  description: 'payments a second that a new node syncs from one and from four peers, next to a replay',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '3' },
        blocks: { type: 'string', default: '100' },
        transactions: { type: 'string', default: '100000' },
        'cpu-profile': { type: 'string' },
      },
    })
    const [blocks, transactions] = [Number(values.blocks), Number(values.transactions)]
    const chain = await loadPaymentChain({ coins: 50_000, blocks, transactions, inputs: 1 })
    const profiles = values['cpu-profile'] === undefined ? undefined : resolve(values['cpu-profile'])
    const rounds: { replay: ReplayOutcome; one: SyncRound; four: SyncRound }[] = []
    for (let round = 1; round <= Number(values.rounds); round++) {
      const folder = await mkdtemp(join(tmpdir(), 'cairn-sync-'))
      const profile = profiles && join(profiles, `round-${round}`)
      if (profile !== undefined) await mkdir(profile, { recursive: true })
      try {
        const whole = join(folder, 'whole')
        const replayed = await replay(chain, whole)
        const one = await syncFrom(1, chain, whole, join(folder, 'one'), profile)
        const four = await syncFrom(MANY, chain, whole, join(folder, 'four'), undefined)
        rounds.push({ replay: replayed, one, four })
        const rate = ({ transactions, seconds }: { transactions: number; seconds: number }): string =>
          (transactions / seconds).toFixed(0)
        process.stderr.write(
          `round ${round} of ${values.rounds}: replay ${rate(replayed)}, one peer ${rate(one)}, four ${rate(four)} payments a second\n`,
        )
        if (profile !== undefined)
          for (const line of await topSelfTimes(profile, one.fromMicroseconds, one.toMicroseconds))
            process.stderr.write(`${line}\n`)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    const middle = (of: (round: (typeof rounds)[number]) => number): number => median(rounds.map(of))
    const figures = {
      ratioToReplay: middle(({ replay, one }) => replay.seconds / one.seconds),
      ratioToReplayFour: middle(({ replay, four }) => replay.seconds / four.seconds),
      cpuRatioToReplay: middle(({ replay, one }) => replay.cpuSeconds / one.cpuSeconds),
      cpuRatioToReplayFour: middle(({ replay, four }) => replay.cpuSeconds / four.cpuSeconds),
      senderPeakRssMB: middle(({ one, four }) => Math.max(one.senderPeakRss, four.senderPeakRss) / 1e6),
      senderBaselineRssMB: middle(({ one }) => one.senderBaselineRss / 1e6),
      paymentsPerSecond: middle(({ one }) => one.transactions / one.seconds),
      replayPaymentsPerSecond: middle(({ replay }) => replay.transactions / replay.seconds),
      seconds: middle(({ one }) => one.seconds),
      secondsFour: middle(({ four }) => four.seconds),
      replaySeconds: middle(({ replay }) => replay.seconds),
      eventLoopDelayP99Ms: middle(({ one }) => one.eventLoopDelayP99Ms),
      eventLoopDelayMaxMs: middle(({ one }) => one.eventLoopDelayMaxMs),
      eventLoopDelayP99MsFour: middle(({ four }) => four.eventLoopDelayP99Ms),
      receiverPeakRssMB: middle(({ one, four }) => Math.max(one.peakRssBytes, four.peakRssBytes) / 1e6),
      replayEventLoopDelayP99Ms: middle(({ replay }) => replay.eventLoopDelayP99Ms),
      replayPeakRssMB: middle(({ replay }) => replay.peakRssBytes / 1e6),
      otherProcessesCores: middle(({ one }) => one.otherCores),
      receiverCpuSeconds: middle(({ one }) => one.cpuSeconds),
      senderCpuSeconds: middle(({ one }) => one.senderCpuSeconds),
      senderCpuSecondsFour: middle(({ four }) => four.senderCpuSeconds),
      replayCpuSeconds: middle(({ replay }) => replay.cpuSeconds),
      megabytes: rounds[0]!.one.bytes / 1e6,
      transactions: rounds[0]!.one.transactions,
    }
    return { figures, goals: [atLeast(figures, 'ratioToReplay', 0.5)] }
  },
}
