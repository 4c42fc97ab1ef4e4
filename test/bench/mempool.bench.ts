import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atLeast, atMost, type Bench, median } from './bench.ts'
import { runInChild } from './child.ts'
import type { MempoolJob, MempoolOutcome } from './mempool-main.ts'
import { loadPaymentChain } from './payment-chain.ts'

const MAIN = new URL('./mempool-main.ts', import.meta.url)

const PAYMENTS_PER_BLOCK = 4_000

export const bench: Bench = {
  name: 'mempool',
  description:
    'payments a second that the mempool takes, and milliseconds for a template from 20,000 pending',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '3' },
        templates: { type: 'string', default: '15' },
        transactions: { type: 'string', default: '20000' },
      },
    })
    const transactions = Number(values.transactions)
    const blocks = Math.ceil(transactions / PAYMENTS_PER_BLOCK)
    const plan = { coins: 50_000, blocks, transactions, inputs: 1, feeSpread: 4_000 }
    const chain = await loadPaymentChain(plan)
    const folder = await mkdtemp(join(tmpdir(), 'cairn-mempool-'))
    try {
      const job: MempoolJob = {
        chain: chain.folder,
        store: join(folder, 'chain'),
        rounds: Number(values.rounds),
        templates: Number(values.templates),
      }
      const outcome = await runInChild<MempoolOutcome>(MAIN, job)
      const { admissions } = outcome
      const figures = {
        admissionsPerSecond: median(admissions.map((r) => (r.transactions * 1_000) / r.milliseconds)),
        admissionCpuMicroseconds: median(admissions.map((r) => (r.cpuMilliseconds * 1_000) / r.transactions)),
        templateMs: median(outcome.templateMs),
        templateMsMax: Math.max(...outcome.templateMs),
        templateCpuMs: median(outcome.templateCpuMs),
        templateTransactions: outcome.templateTransactions,
        evictionMs: median(outcome.evictionMs),
        evicted: outcome.evicted,
        reorgMs: outcome.reorgMs,
        pending: outcome.pending,
        chained: outcome.chained,
        otherProcessesCores: outcome.otherCores,
      }
      return {
        figures,
        goals: [atLeast(figures, 'admissionsPerSecond', 10_000), atMost(figures, 'templateMs', 100)],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
