import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atMost, type Bench, median } from './bench.ts'
import { runInChild } from './child.ts'
import { loadPaymentChain } from './payment-chain.ts'
import type { WarmJob, WarmOutcome, WarmRound } from './warm-main.ts'

const WARM = new URL('./warm-main.ts', import.meta.url)

/** Blocks that are not counted: V8 compiles the engine meanwhile. */
const WARM_UP_BLOCKS = 2

export const bench: Bench = {
  name: 'warm',
  description: 'milliseconds to connect a block whose 4,000 payments are all in the mempool',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        rounds: { type: 'string', default: '7' },
        transactions: { type: 'string', default: '4000' },
        indexes: { type: 'boolean', default: true },
      },
    })
    const blocks = WARM_UP_BLOCKS + Number(values.rounds)
    const transactions = blocks * Number(values.transactions)
    const chain = await loadPaymentChain({ coins: 50_000, blocks, transactions, inputs: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'cairn-warm-'))
    try {
      const job: WarmJob = {
        chain: chain.folder,
        store: join(folder, 'chain'),
        indexes: values.indexes,
      }
      const outcome = await runInChild<WarmOutcome>(WARM, job)
      const rounds = outcome.rounds.slice(WARM_UP_BLOCKS)
      const middle = (of: (round: WarmRound) => number): number => median(rounds.map(of))
      const figures = {
        connectMs: middle((r) => r.connectMs),
        connectMsMax: Math.max(...rounds.map((r) => r.connectMs)),
        decodeMs: middle((r) => r.decodeMs),
        admitMs: middle((r) => r.admitMs),
        admittedPerSecond: middle((r) => (r.transactions * 1_000) / r.admitMs),
        otherProcessesCores: outcome.otherCores,
        transactions: middle((r) => r.transactions),
      }
      return { figures, goals: [atMost(figures, 'connectMs', 60)] }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
