import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { errorCode } from '../../src/base/errors.ts'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'
import { undoKey } from '../../src/storage/keyspace.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { addressOf } from '../support/api-node.ts'
import { flipped } from '../support/database-copy.ts'
import { eventually } from '../support/eventually.ts'
import {
  copyDirectory,
  createHistoryDirectories,
  type HistoryDirectories,
  openChainIn,
} from '../support/history-directories.ts'
import { testKey } from '../support/key.ts'
import { nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { findRecords, liveFiles } from '../support/stored-records.ts'

// Some of them are about processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const FORKS = 25
const ADDRESS = addressOf(testKey('miner'))

let directories: HistoryDirectories
beforeAll(async () => {
  directories = await createHistoryDirectories(FORKS)
})
afterAll(() => directories.remove())

/** What LevelDB needs: all but LOCK, its diary, our mark of a clean stop, and what a compaction has left. */
async function vitalFiles(folder: string): Promise<string[]> {
  const { manifest, data } = await liveFiles(folder)
  return ['CURRENT', manifest, ...data]
}

const KINDS = ['CURRENT', 'MANIFEST', '.ldb', '.log'] as const
type Loss = 'missing' | 'empty' | 'cut in half' | 'cut by a byte'

const damageTo = (file: string) => ({
  code: 'database-damaged',
  message: expect.stringContaining('run `cairn reindex`'),
  details: { file },
})

async function lose(path: string, loss: Loss): Promise<void> {
  const { length } = await readFile(path)
  if (loss === 'missing') await rm(path)
  else await truncate(path, { empty: 0, 'cut in half': length >> 1, 'cut by a byte': length - 1 }[loss])
}

/** How a start ends with one file less, or a part of it. */
async function outcomeOf(dataDirectory: string, file: string, loss: Loss): Promise<string> {
  const copy = await copyDirectory(dataDirectory)
  await lose(join(copy, 'chain', file), loss)
  try {
    await using left = await openChainIn(copy)
    const taken = await directories.control.expectState(left.chain, 0, `${file} ${loss}`)
    await directories.control.expectIndexes(left.chain)
    return taken === directories.control.offers.length ? 'nothing lost' : 'as some blocks before'
  } catch (error) {
    if (errorCode(error) !== 'database-damaged') throw error
    expect(error).toMatchObject(damageTo((error as { details: { file: string } }).details.file))
    return 'refused'
  }
}

describe.each(['clean', 'crashed'] as const)('files lost after a process that ended %s', (ending) => {
  it('keep the next start from going on, or leave what a power cut would', async () => {
    const outcomes: Record<string, number> = {}
    const files = await vitalFiles(join(directories[ending], 'chain'))
    const [firstLog] = files.filter((file) => file.endsWith('.log')).sort()
    for (const file of files)
      for (const loss of ['missing', 'empty', 'cut in half', 'cut by a byte'] as const) {
        const part = KINDS.find((each) => file.includes(each))
        // While a table is being made of a full log there is a second one, which MANIFEST does not name yet.
        const kind = part === '.log' && file !== firstLog ? 'second .log' : part
        const outcome = `${kind} ${loss}: ${await outcomeOf(directories[ending], file, loss)}`
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      }
    console.info(ending, outcomes)
    for (const outcome of Object.keys(outcomes)) {
      if (outcome.endsWith('refused')) continue
      // Without the mark of a clean stop nobody can tell a shorter log from one that had not been written yet.
      expect(ending).toBe('crashed')
      expect(outcome).toMatch(
        /^(?:second \.log missing|(?:(?:second )?\.log|MANIFEST) (?:empty|cut in half|cut by a byte)): /,
      )
    }
  })
})

describe('undo data that is missing', () => {
  it('keeps a better chain from being taken, and nothing else', async () => {
    const [whole, damaged] = [await copyDirectory(directories.clean), await copyDirectory(directories.clean)]
    // The better chain branches off four blocks below the tip.
    let better = ''
    {
      await using left = await openChainIn(whole)
      const { chain, mine } = left
      const undone = Array.from({ length: 4 }, (_, i) => chain.entryAt(chain.tip().height - i)!.hash)
      let parent = chain.entryAt(chain.tip().height - 4)!
      for (let i = 0; i < 6; i++) {
        better = (await mine({ tag: 'better' }, parent)).hash
        parent = chain.entry(better as typeof parent.hash)!
      }
      expect(chain.tip().hash).toBe(better)
      await chain.stop()
      const level = await openLevelStore(join(damaged, 'chain'))
      await level.batch(undone.map((hash) => ({ key: undoKey(hash), value: undefined })))
      await level.close()
    }

    const source = await startNode({ dataDirectory: whole })
    expect(source.started.tip).toBe(better)
    const node = await startNode({ dataDirectory: damaged, bootstrap: source.started.addresses })
    const { tip, height } = node.started
    const refusals = () =>
      node.log.filter(({ msg }) => msg === 'block not stored' || msg === 'block not judged')
    await eventually('it fails to go over', () => refusals().length > 0)
    expect(refusals()[0]!.reason).toMatch(/undo data of block [0-9a-f]{64} is missing.*run `cairn reindex`/)

    expect((await node.client.status()).tip).toMatchObject({ hash: tip, height })
    expect((await node.client.block(String(height - 2))).height).toBe(height - 2)
    expect((await node.client.supply()).tip.hash).toBe(tip)
    const { blocks } = await node.client.generate(ADDRESS, 1)
    expect(blocks).toMatchObject([{ height: height + 1 }])
    expect(await node.stop()).toMatchObject({ code: 0 })

    expect((await runCairn(['reindex', '--network', 'dev', '--data-dir', damaged])).code).toBe(0)
    const again = await startNode({ dataDirectory: damaged, bootstrap: source.started.addresses })
    await eventually('it goes over', async () => (await again.client.status()).tip.hash === better)
    expect(await again.client.supply()).toEqual(await source.client.supply())
  })
})

describe('a damaged data directory', () => {
  it.each([
    [
      'a flipped bit in a coin',
      async (folder: string) => {
        const coins = (await findRecords(folder)).filter(({ kind }) => kind === 'coin')
        const { file, value } = coins.at(-1)!
        const bytes = new Uint8Array(await readFile(join(folder, file)))
        await writeFile(join(folder, file), flipped(bytes, 8 * value.from + 3))
      },
    ],
    ['no CURRENT', (folder: string) => rm(join(folder, 'CURRENT'))],
    [
      'half a MANIFEST',
      async (folder: string) => {
        const manifest = (await readdir(folder)).find((name) => name.startsWith('MANIFEST'))!
        await lose(join(folder, manifest), 'cut in half')
      },
    ],
  ])('with %s is refused, and holds the same coins again after `cairn reindex`', async (_, damage) => {
    const { control, clean } = directories
    const copy = await copyDirectory(clean)
    await damage(join(copy, 'chain'))
    await expect(openChainDatabase(copy)).rejects.toMatchObject({ code: 'database-damaged' })
    const refused = await runCairn(nodeArguments(copy))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('run `cairn reindex`') })
    expect(refused.stderr).toContain('the database is damaged')

    const { code, stderr } = await runCairn(['reindex', '--network', 'dev', '--data-dir', copy])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    await using left = await openChainIn(copy)
    await control.expectState(left.chain, control.offers.length)
    await control.expectIndexes(left.chain)
  })
})
