import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atMost, type Bench, type BenchResult, median } from './bench.ts'
import { runInChild } from './child.ts'
import { makeWalletFixture } from './wallet-fixture.ts'
import type { WalletJob, WalletOutcome } from './wallet-main.ts'

const MAIN = new URL('./wallet-main.ts', import.meta.url)

const COINS = 10_000

async function run(args: readonly string[]): Promise<BenchResult> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '3' } } })
  const folder = await mkdtemp(join(tmpdir(), 'cairn-wallet-'))
  try {
    const job: WalletJob = { fixture: join(folder, 'fixture.json') }
    await writeFile(job.fixture, JSON.stringify(await makeWalletFixture(COINS)))
    const rounds: WalletOutcome[] = []
    for (let i = 0; i < Number(values.rounds); i++) rounds.push(await runInChild<WalletOutcome>(MAIN, job))
    const of = (figure: keyof WalletOutcome): number => median(rounds.map((round) => round[figure]))
    const figures = {
      coins: COINS,
      openMs: of('openMs'),
      openCpuMs: of('openCpuMs'),
      unlockMs: of('unlockMs'),
      paymentMs: of('paymentMs'),
      payment500Ms: of('payment500Ms'),
    }
    return {
      figures,
      goals: [
        atMost(figures, 'openMs', 1_000),
        atMost(figures, 'paymentMs', 500),
        atMost(figures, 'payment500Ms', 500),
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  name: 'wallet',
  description: 'opens a wallet with 10,000 coins on as many addresses, and pays from it',
  run,
}
