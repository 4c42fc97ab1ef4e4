import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createControl } from '../support/history-control.ts'
import { loadVictim } from '../support/kill-rounds.ts'
import { openLeft } from '../support/left-chain.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const KILLS = 8
/** A few flushes, some logs and tables: whatever the database writes meets the end of the disk at some time. */
const MAX_LEFT_BYTES = 60_000

const NEVER = { step: 'loaded', nth: 2, delayMs: 0 } as const

interface Course {
  /** how often the disk was filled up and emptied again before the kill */
  readonly fillings: number
  /** how often the victim could not write */
  readonly refusals: number
  readonly acknowledged: number
  readonly isDone: boolean
}

it(`a disk that is filled and emptied over and over, with ${KILLS} kills, costs nothing that was told of`, {
  timeout: 120_000,
}, async () => {
  const seed = process.env.KILL_SEED ?? String(Date.now())
  console.info(`the moments of this run follow from KILL_SEED=${seed}`)
  const random = createSeededRandom(seed)
  const control = await createControl(50)
  const historyFile = join(await temporaryDirectory(), 'history.json')
  await control.write(historyFile)
  const disk = await createSmallDisk(16 * 2 ** 20)

  const sum = { kills: 0, fillings: 0, refusals: 0, histories: 0 }
  let acknowledged = 0
  while (sum.kills < KILLS) {
    const folder = `data${sum.histories}`
    const course = await runRound(disk, join(disk.path, folder))
    acknowledged = Math.max(acknowledged, course.acknowledged)
    sum.fillings += course.fillings
    sum.refusals += course.refusals
    await disk.empty()
    await using left = await openLeft(join(disk.here, folder))
    await control.expectState(left.chain, acknowledged, `after ${sum.kills} kills`)
    await control.expectIndexes(left.chain)
    if (course.isDone) {
      sum.histories += 1
      acknowledged = 0
    } else sum.kills += 1
  }
  console.info(sum)
  expect(sum.fillings).toBeGreaterThanOrEqual(KILLS)
  expect(sum.refusals).toBeGreaterThanOrEqual(KILLS)

  /** Fills the disk up while a victim works, empties it again, and so on; and kills it at some time. */
  async function runRound({ inside, fill, empty }: SmallDisk, dataDirectory: string): Promise<Course> {
    const victim = loadVictim(historyFile, inside)
    onTestFinished(() => victim.kill())
    const planned = 1 + random.below(2)
    const diesWhileFull = random.below(2) === 0
    let fillings = 0
    let refusals = 0
    /** accepted blocks until the disk is full */
    let blocks = 1 + random.below(20)
    /** refusals until it is empty again; zero while it is not full */
    let patience = 0
    const filled: Promise<void>[] = []
    victim.onLine((line) => {
      if (line === 'refused') {
        refusals += 1
        if (patience === 0 || --patience > 0) return
        if (fillings >= planned) {
          if (diesWhileFull) victim.kill()
          else filled.push(empty().then(() => void setTimeout(victim.kill, random.below(60))))
          return
        }
        blocks = 1 + random.below(20)
        filled.push(empty())
      } else if (typeof line === 'number' && --blocks === 0) {
        fillings += 1
        patience = 1 + random.below(5)
        filled.push(fill(random.below(MAX_LEFT_BYTES)))
      }
    })
    const order = { dataDirectory, maxCacheBytes: 3_000, atOnce: 1 }
    const { step, acknowledged } = await victim.run(order, NEVER)
    await Promise.all(filled)
    return { fillings, refusals, acknowledged, isDone: step === 'done' }
  }
})
