import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Random } from '../../src/ports/random.ts'
import { createControl, type HistoryControl } from '../support/history-control.ts'
import { type Aim, loadVictim, type VictimStep } from '../support/kill-rounds.ts'
import { openLeft } from '../support/left-chain.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** More by `KILLS=1000`: on every change of the storage, not on every run of all tests. */
const KILLS = Number(process.env.KILLS ?? 40)
const FORKS = 40

/** Memory for coins: a flush every few blocks, and every few dozen, after which more is left for the next start to do. */
const CACHE_BYTES = [3_000, 30_000]

let control: HistoryControl

beforeAll(async () => {
  control = await createControl(FORKS)
})

/** A moment for the next kill: right when something begins that should be disturbed, a little later, or any time. */
function chooseAim(random: Random): Aim {
  const at = (step: VictimStep, occurrences: number, delays: number): Aim => ({
    step,
    nth: 1 + random.below(occurrences),
    delayMs: random.below(delays + 1),
  })
  switch (random.below(6)) {
    case 0:
      return at('opening', 1, 25)
    case 1:
      return at('recovering', 1, 5)
    case 2:
      return at('flushing', 12, 1)
    case 3:
    case 4:
      return at('reorganising', 8, 4)
    default:
      return at('connecting', 1, 150)
  }
}

it(`loses nothing that it has told of over ${KILLS} kills, in recoveries, reorganisations and flushes as well`, {
  timeout: 180_000,
}, async () => {
  const seed = process.env.KILL_SEED ?? String(Date.now())
  console.info(`the moments of this run follow from KILL_SEED=${seed}`)
  const random = createSeededRandom(seed)
  const historyFile = join(await temporaryDirectory(), 'history.json')
  await control.write(historyFile)

  const hits: Partial<Record<VictimStep, number>> = {}
  let kills = 0
  let histories = 0
  let dataDirectory = await temporaryDirectory()
  let acknowledged = 0
  let next = loadVictim(historyFile)
  onTestFinished(() => next.kill())
  while (kills < KILLS) {
    const victim = next
    onTestFinished(() => victim.kill())
    // The next one loads while this one works.
    next = loadVictim(historyFile)
    const maxCacheBytes = CACHE_BYTES[histories % CACHE_BYTES.length]!
    const aim = chooseAim(random)
    const end = await victim.run({ dataDirectory, maxCacheBytes, atOnce: 3 }, aim)
    acknowledged = Math.max(acknowledged, end.acknowledged)
    if (end.step !== 'done') {
      kills += 1
      hits[end.step] = (hits[end.step] ?? 0) + 1
    }

    await using left = await openLeft(dataDirectory)
    const where = `kill ${kills} while ${end.step}, aimed at ${JSON.stringify(aim)}`
    const taken = await control.expectState(left.chain, acknowledged, where)
    if (kills % 5 === 0 || end.step === 'done') await control.expectIndexes(left.chain)
    if (end.step !== 'done') continue
    expect(taken).toBe(control.offers.length)
    histories += 1
    acknowledged = 0
    dataDirectory = await temporaryDirectory()
  }
  next.kill()
  console.info({ kills, histories, ...hits })
  for (const step of ['opening', 'recovering', 'connecting', 'reorganising', 'flushing'] as const)
    expect(hits[step], `kills while ${step}`).toBeGreaterThan(0)
})
