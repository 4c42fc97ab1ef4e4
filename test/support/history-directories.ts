import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChainDatabaseOptions, openChainDatabase } from '../../src/platform/node/chain-database.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { createFakeClock } from './fake-clock.ts'
import { createControl, type HistoryControl } from './history-control.ts'
import { loadVictim } from './kill-rounds.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { createTestChain } from './test-chain.ts'

/** Data directories that hold a whole history with forks and payments, as processes have left them. */
export interface HistoryDirectories {
  readonly control: HistoryControl
  /** after a stop in order */
  readonly clean: string
  /** after a kill */
  readonly crashed: string
  remove(): Promise<void>
}

export async function createHistoryDirectories(forks: number): Promise<HistoryDirectories> {
  const scratch = await mkdtemp(join(tmpdir(), 'cairn-test-'))
  const control = await createControl(forks)
  const historyFile = join(scratch, 'history.json')
  await control.write(historyFile)
  const run = async (name: string, step: 'loaded' | 'stopping') => {
    const dataDirectory = join(scratch, name)
    const order = { dataDirectory, maxCacheBytes: 30_000, atOnce: 1 }
    const end = await loadVictim(historyFile).run(order, { step, nth: 1, delayMs: 0 })
    if ((end.step === 'done') !== (step === 'loaded')) throw new Error(`it ended while ${end.step}`)
    return dataDirectory
  }
  return {
    control,
    clean: await run('clean', 'loaded'),
    crashed: await run('crashed', 'stopping'),
    remove: () => rm(scratch, { recursive: true, force: true }),
  }
}

/** A copy for a test to open or to damage; removed when the test ends. There need not be a database yet. */
export async function copyDirectory(dataDirectory: string): Promise<string> {
  const copy = await temporaryDirectory()
  const folder = join(dataDirectory, 'chain')
  if (existsSync(folder)) await cp(folder, join(copy, 'chain'), { recursive: true })
  return copy
}

/** Opens the chain in a data directory as a node does. Rejects as that does; nothing is open then. */
export async function openChainIn(dataDirectory: string, options: ChainDatabaseOptions = {}) {
  const database = await openChainDatabase(dataDirectory, options)
  try {
    const test = await createTestChain({
      store: createCheckedStore(database.store),
      clock: createFakeClock(Date.now()),
    })
    return { ...test, [Symbol.asyncDispose]: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}
