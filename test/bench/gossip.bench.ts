import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { atMost, type Bench, median } from './bench.ts'
import { runInChild } from './child.ts'
import { topSelfTimes } from './cpu-profile.ts'
import type { GossipJob, GossipOutcome, GossipRound } from './gossip-job.ts'
import { loadPaymentChain } from './payment-chain.ts'

const NODE = new URL('./gossip-main.ts', import.meta.url)

/** Rounds of each kind that are not counted: V8 compiles the node meanwhile. */
const WARM_UP = 1

export const bench: Bench = {
  name: 'gossip',
  description: 'payments a second that a node takes from peers, next to those that its mempool admits',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '5' },
        transactions: { type: 'string', default: '4000' },
        peers: { type: 'string', default: '2' },
        window: { type: 'string', default: '400' },
        'cpu-profile': { type: 'string' },
      },
    })
    const blocks = 2 * (WARM_UP + Number(values.rounds))
    const transactions = blocks * Number(values.transactions)
    const chain = await loadPaymentChain({ coins: 50_000, blocks, transactions, inputs: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'cairn-gossip-'))
    const profile = values['cpu-profile'] === undefined ? undefined : resolve(values['cpu-profile'])
    if (profile !== undefined) await mkdir(profile, { recursive: true })
    try {
      const job: GossipJob = {
        chain: chain.folder,
        folder,
        peers: Number(values.peers),
        window: Number(values.window),
        warmUp: WARM_UP,
      }
      const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
      const outcome = await runInChild<GossipOutcome>(NODE, job, [...nodeFlags(), ...profiling])
      if (profile !== undefined) {
        const { fromMicroseconds, toMicroseconds } = outcome.rounds.at(-1)!
        for (const line of await topSelfTimes(profile, fromMicroseconds, toMicroseconds))
          process.stderr.write(`${line}\n`)
      }
      const figures = figuresOf(outcome)
      return { figures, goals: [atMost(figures, 'eventLoopDelayP99Ms', 50)] }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

function figuresOf({ rounds, gossip, direct: directLoop }: GossipOutcome) {
  const gossiped = rounds.filter(({ kind }) => kind === 'gossip')
  const direct = rounds.filter(({ kind }) => kind === 'direct')
  const rate = ({ transactions, seconds }: GossipRound): number => transactions / seconds
  const middle = (of: (round: GossipRound) => number, all = gossiped): number => median(all.map(of))
  const microseconds = (seconds: number, { transactions }: GossipRound): number =>
    (seconds * 1e6) / transactions
  return {
    transactionsPerSecond: middle(rate),
    eventLoopDelayP99Ms: gossip.p99Ms,
    eventLoopDelayMaxMs: gossip.maxMs,
    eventLoopComputedP99Ms: gossip.computedP99Ms,
    eventLoopComputedMaxMs: gossip.computedMaxMs,
    directPerSecond: middle(rate, direct),
    // Each against the one before it.
    ratioToDirect: median(gossiped.map((round, i) => rate(round) / rate(direct[i]!))),
    mainThreadMicrosecondsPerTransaction: middle((r) => microseconds(r.mainThreadSeconds, r)),
    cpuMicrosecondsPerTransaction: middle((r) => microseconds(r.cpuSeconds, r)),
    mainThreadShare: middle((r) => r.mainThreadSeconds / r.seconds),
    directEventLoopDelayP99Ms: directLoop.p99Ms,
    directEventLoopComputedP99Ms: directLoop.computedP99Ms,
    directMainThreadMicrosecondsPerTransaction: middle((r) => microseconds(r.mainThreadSeconds, r), direct),
    transactions: gossiped.reduce((sum, r) => sum + r.transactions, 0),
  }
}
