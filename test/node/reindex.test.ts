import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reindex } from '../../src/node/reindex.ts'
import { verify } from '../../src/node/verify.ts'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { openDataDirectory } from '../../src/platform/node/data-directory.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Progress } from '../../src/ports/progress.ts'
import type { Block } from '../../src/primitives/block.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { blockKey, coinKey, headerKey } from '../../src/storage/keyspace.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { coinsIn, devConfig, type StoredChain, storeChain, withStoredChain } from '../support/stored-chain.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'

const BLOCKS = 200
let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(BLOCKS)
})
afterAll(() => stored.remove())

const ALL = {
  blocks: BLOCKS,
  waiting: 0,
  height: BLOCKS,
  skipped: { damaged: 0, unconnected: 0, refused: {} },
}

interface ReindexPlan {
  readonly flags?: Readonly<Record<string, string | boolean>>
  readonly signal?: AbortSignal
  readonly report?: (progress: Progress) => void
}

async function reindexed(dataDirectory: string, plan: ReindexPlan = {}) {
  const { flags = {}, signal = new AbortController().signal, report = () => {} } = plan
  const dependencies = { clock: systemClock, random: systemRandom, logger: SILENT_LOGGER, report }
  return reindex(await devConfig(dataDirectory, flags), dependencies, signal)
}

async function faultsOf(dataDirectory: string) {
  const dependencies = { clock: systemClock, random: systemRandom, report: () => {} }
  const config = await devConfig(dataDirectory)
  const { findings } = await verify(
    config,
    dependencies,
    { withSignatures: false },
    new AbortController().signal,
  )
  return findings
}

/** Coins of a new chain in memory that is given the first so many blocks. */
async function replay(blocks: readonly Block[]) {
  const { chain } = await createTestChain()
  for (const block of blocks) {
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) throw new Error(accepted.error.code)
  }
  return chain.coinStatistics()
}

/** All files of the database with their contents. */
async function contentsOf(dataDirectory: string): Promise<Record<string, string>> {
  const folder = join(dataDirectory, 'chain')
  const names = await readdir(folder)
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')))
  return Object.fromEntries(names.map((name, i) => [name, contents[i]!]))
}

async function filesOf(dataDirectory: string, suffix: string): Promise<string[]> {
  const folder = join(dataDirectory, 'chain')
  const names = (await readdir(folder)).filter((name) => name.includes(suffix))
  return names.sort().map((name) => join(folder, name))
}

describe('a reindex', () => {
  it('gives the chain and the coins that were there, and tells how far it is', async () => {
    const path = await stored.copy()
    const progress: Progress[] = []
    const result = await reindexed(path, { report: (each) => void progress.push(each) })
    expect(result).toEqual({ ...ALL, tip: stored.blocks.at(-1)!.hash })
    const last = { step: 'rebuilding', unit: 'blocks', done: BLOCKS, total: BLOCKS, share: 1 }
    expect(progress.at(-1)).toEqual(last)
    expect(progress.some(({ step }) => step === 'looking for blocks')).toBe(true)
    expect(await readdir(path)).toEqual(['chain', 'lock'])
    expect(await faultsOf(path)).toEqual([])
    expect(await coinsIn(path)).toEqual(stored.coins)
  })

  it('leaves what a clean stop leaves', async () => {
    const path = await stored.copy()
    await reindexed(path)
    const database = await openChainDatabase(path)
    expect(database.lastShutdown).toBe('clean')
    await database.close()
  })

  it('makes the indexes that it is told to', async () => {
    const path = await stored.copy()
    await reindexed(path, { flags: { 'indexes.addresses': false } })
    await expect(coinsIn(path)).rejects.toMatchObject({
      code: 'indexes-mismatch',
      message: expect.stringContaining('cairn reindex'),
    })
    expect(await faultsOf(path)).toEqual([])
    await reindexed(path)
    expect(await coinsIn(path)).toEqual(stored.coins)
  })

  it('keeps the tip that was there where another branch has as much work', async () => {
    const path = await stored.copy()
    const tip = await withStoredChain(path, async ({ chain }) => {
      const fork = chain.entryAt(BLOCKS - 4)!
      const other = buildBranch(fork, emptyPlans(4, 'other'))
      for (const block of other) await chain.acceptBlock(block)
      await chain.invalidate(stored.blocks.at(-4)!.hash)
      expect(chain.tip().hash).toBe(other.at(-1)!.hash)
      return chain.tip().hash
    })
    expect((await reindexed(path)).tip).toBe(tip)
  })
})

/** Ways in which a database can be damaged that cost none of its blocks. */
const HARMLESS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'a coin that is not the right one': (path) =>
    withStoredChain(path, async (_, level) => {
      const { txid } = stored.blocks.at(-1)!.transactions[0]!
      await createCheckedStore(level).batch([{ key: coinKey({ txid, vout: 0 }), value: undefined }])
    }),
  'a flipped bit in the record of a coin': (path) =>
    withStoredChain(path, async (_, level) => {
      const { txid } = stored.blocks.at(-1)!.transactions[0]!
      const key = coinKey({ txid, vout: 0 })
      const value = (await level.get(key))!.slice()
      value[2]! ^= 4
      await level.batch([{ key, value }])
    }),
  'CURRENT deleted': (path) => rm(join(path, 'chain', 'CURRENT')),
  'CURRENT without contents': (path) => truncate(join(path, 'chain', 'CURRENT')),
  'MANIFEST deleted': async (path) => rm((await filesOf(path, 'MANIFEST'))[0]!),
  'MANIFEST cut short': async (path) => truncate((await filesOf(path, 'MANIFEST'))[0]!, 20),
  'tables that an older version has compressed': async (path) => {
    const folder = join(path, 'chain')
    const options = { keyEncoding: 'view', valueEncoding: 'view' } as const
    const [from, to] = [new Level(folder, options), new Level(join(path, 'compressed'), options)]
    for await (const [key, value] of from.iterator(options)) await to.put(key, value)
    await Promise.all([from.close(), to.close()])
    // LevelDB makes tables of its logs when it opens a database.
    await to.open()
    await to.close()
    await rm(folder, { recursive: true })
    await rename(join(path, 'compressed'), folder)
    await expect(openChainDatabase(path)).rejects.toThrow('run `cairn reindex`')
  },
  'everything deleted but tables and logs': async (path) => {
    for (const name of await readdir(join(path, 'chain')))
      if (!/\.(?:ldb|log)$/.test(name)) await rm(join(path, 'chain', name))
  },
  'tables without a footer': async (path) => {
    for (const table of await filesOf(path, '.ldb')) {
      const bytes = await readFile(table)
      await truncate(table, bytes.length - 20)
    }
  },
}

describe('a reindex of a database with', () => {
  it.each(Object.entries(HARMLESS))('%s gives all of it back', async (_what, damage) => {
    const path = await stored.copy()
    await damage(path)
    expect(await reindexed(path)).toMatchObject(ALL)
    expect(await coinsIn(path)).toEqual(stored.coins)
  })

  it('a table deleted gives what can be had without it, and the node fetches the rest', async () => {
    const tables = await filesOf(stored.dataDirectory, '.ldb')
    expect(tables.length).toBeGreaterThan(1)
    for (const table of tables) {
      const path = await stored.copy()
      await rm(join(path, 'chain', table.slice(table.lastIndexOf('/') + 1)))
      const { blocks, height, skipped, waiting, tip } = await reindexed(path)
      expect(blocks).toBeLessThan(BLOCKS)
      expect(blocks + skipped.damaged + skipped.unconnected).toBeLessThanOrEqual(BLOCKS)
      expect(tip).toBe(height === 0 ? DEV.genesis.hash : stored.blocks[height - 1]!.hash)
      expect(await faultsOf(path)).toEqual([])
      expect(await coinsIn(path)).toEqual(await replay(stored.blocks.slice(0, height)))
      await withStoredChain(path, async ({ chain }) => {
        const kept = stored.blocks.filter(({ hash }) => chain.hasBody(hash)).length
        expect({ kept, waiting }).toEqual({ kept: blocks, waiting: blocks - height })
        for (const block of stored.blocks) await chain.acceptBlock(block)
        expect(await chain.coinStatistics()).toEqual(stored.coins)
      })
    }
  })

  it('one damaged body keeps all others, those above it in waiting', async () => {
    const path = await stored.copy()
    const lost = stored.blocks[99]!
    await withStoredChain(path, async (_, level) => {
      const key = blockKey(lost.hash)
      const value = (await level.get(key))!.slice()
      value[150]! ^= 1
      await level.batch([{ key, value }])
    })
    // Its older version is still in a table, and good for as much; but not once LevelDB has merged its tables.
    const first = await reindexed(path)
    expect([BLOCKS, BLOCKS - 1]).toContain(first.blocks)
    await withStoredChain(path, async (_, level) => {
      await createCheckedStore(level).batch([{ key: blockKey(lost.hash), value: new Uint8Array(200) }])
    })
    await overwriteEverywhere(path, lost)
    const result = await reindexed(path)
    expect(result).toMatchObject({ blocks: BLOCKS - 1, height: 99, waiting: BLOCKS - 100 })
    expect(result.skipped).toEqual({ damaged: 1, unconnected: 0, refused: {} })
    await withStoredChain(path, async ({ chain }) => {
      expect(chain.missingBodies(10)).toEqual([lost.hash])
      await chain.acceptBlock(lost)
      expect(await chain.coinStatistics()).toEqual(stored.coins)
    })
  })

  it('a body whose checksum is right and whose contents are not leaves it out', async () => {
    const path = await stored.copy()
    const forged = stored.blocks[149]!
    const bytes = Uint8Array.of(...forged.bytes.subarray(0, 80), ...stored.blocks[150]!.bytes.subarray(80))
    await overwriteEverywhere(path, forged)
    await withStoredChain(path, (_, level) =>
      createCheckedStore(level).batch([{ key: blockKey(forged.hash), value: bytes }]),
    )
    const result = await reindexed(path)
    expect(result).toMatchObject({ blocks: BLOCKS - 1, height: 149 })
    expect(result.skipped.refused).toEqual({ 'merkle-root-mismatch': 1 })
  })

  it('nothing readable in it gives a chain that begins anew', async () => {
    const path = await stored.copy()
    for (const name of await readdir(join(path, 'chain')))
      await writeFile(join(path, 'chain', name), new Uint8Array(5_000).fill(0x62))
    const empty = { blocks: 0, waiting: 0, height: 0, skipped: { damaged: 0, unconnected: 0, refused: {} } }
    expect(await reindexed(path)).toMatchObject(empty)
    expect(await faultsOf(path)).toEqual([])
  })
})

/** Spoils each copy of a body's bytes in all tables and logs: they stand there as they are. */
async function overwriteEverywhere(path: string, { bytes }: Block): Promise<void> {
  const wanted = Buffer.from(bytes.subarray(90, 140))
  for (const file of [...(await filesOf(path, '.ldb')), ...(await filesOf(path, '.log'))]) {
    const contents = await readFile(file)
    for (let at = contents.indexOf(wanted); at >= 0; at = contents.indexOf(wanted, at + 1))
      contents[at]! ^= 0xff
    await writeFile(file, contents)
  }
}

describe('a reindex that does not come to its end', () => {
  it.each(['looking for blocks', 'rebuilding'])(
    'while it is %s leaves everything as it was',
    async (step) => {
      const path = await stored.copy()
      const before = await contentsOf(path)
      const stop = new AbortController()
      const running = reindexed(path, {
        signal: stop.signal,
        report: (progress) => {
          if (progress.step === step && (step !== 'rebuilding' || progress.done === 50))
            stop.abort(new Error('stop'))
        },
      })
      await expect(running).rejects.toThrow('stop')
      expect(await readdir(path)).toEqual(['chain', 'lock'])
      expect(await contentsOf(path)).toEqual(before)
    },
  )

  it('leaves everything as it was where the disk refuses', async () => {
    const path = await stored.copy()
    const before = await contentsOf(path)
    // A file where the new folder should be.
    await writeFile(join(path, 'chain.new'), '')
    await expect(reindexed(path)).rejects.toMatchObject({ code: 'store-unreadable' })
    expect(await contentsOf(path)).toEqual(before)
  })

  const withNew = async () => {
    const path = await stored.copy()
    await rename(join(path, 'chain'), join(path, 'chain.new'))
    const { dataDirectory, remove } = await storeChain(3)
    await rename(join(dataDirectory, 'chain'), join(path, 'chain'))
    await remove()
    return path
  }
  /** The folders as they are at each point where a process can be killed, with the height that a start finds. */
  const MOMENTS: readonly (readonly [string, number, (path: string) => Promise<void>])[] = [
    ['before the first new name', 3, async () => {}],
    ['while the new one is made', 3, (path) => rm(join(path, 'chain.new', 'CURRENT'))],
    ['between the names', BLOCKS, (path) => rename(join(path, 'chain'), join(path, 'chain.old'))],
    [
      'before the old one is removed',
      BLOCKS,
      async (path) => {
        await rename(join(path, 'chain'), join(path, 'chain.old'))
        await rename(join(path, 'chain.new'), join(path, 'chain'))
      },
    ],
    [
      'while the old one is removed',
      BLOCKS,
      async (path) => {
        await rename(join(path, 'chain'), join(path, 'chain.old'))
        await rename(join(path, 'chain.new'), join(path, 'chain'))
        await rm(join(path, 'chain.old', 'CURRENT'))
      },
    ],
    [
      'with nothing but the old one',
      3,
      async (path) => {
        await rename(join(path, 'chain'), join(path, 'chain.old'))
        await rm(join(path, 'chain.new'), { recursive: true })
      },
    ],
  ]

  it.each(MOMENTS)('killed %s: the next start finds a chain of height %i', async (_when, height, arrange) => {
    const path = await withNew()
    await arrange(path)
    const database = await openChainDatabase(path)
    await database.close()
    expect((await readdir(path)).filter((name) => name !== 'lock')).toEqual(['chain'])
    await withStoredChain(path, async ({ chain }) => void expect(chain.tip().height).toBe(height))
  })

  it.each(MOMENTS)(
    'killed %s: the next reindex finds a chain of height %i',
    async (_when, height, arrange) => {
      const path = await withNew()
      await arrange(path)
      expect(await reindexed(path)).toMatchObject({ blocks: height, height })
      expect(await readdir(path)).toEqual(['chain', 'lock'])
    },
  )

  it('refuses to choose where somebody has put a third folder', async () => {
    const path = await withNew()
    await mkdir(join(path, 'chain.old'))
    await expect(reindexed(path)).rejects.toMatchObject({ code: 'chain-folders-unclear' })
    expect(await readdir(path)).toEqual(['chain', 'chain.new', 'chain.old', 'lock'])
  })
})

describe('a reindex is refused', () => {
  const unchanged = async (path: string, code: string, plan: ReindexPlan = {}) => {
    const before = await contentsOf(path)
    await expect(reindexed(path, plan)).rejects.toMatchObject({ code })
    expect(await contentsOf(path)).toEqual(before)
  }

  it('where there is no database, and makes none', async () => {
    const path = join(await temporaryDirectory(), 'none')
    await expect(reindexed(path)).rejects.toMatchObject({ code: 'no-database' })
    await expect(readdir(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('while a node runs', async () => {
    const path = await stored.copy()
    const holder = await openDataDirectory({ path, network: 'dev', startedAt: 0 })
    await unchanged(path, 'data-directory-in-use')
    await holder.release()
  })

  it('for another network, also where only network.json can tell', async () => {
    const path = await stored.copy()
    await unchanged(path, 'blocks-of-other-network', { flags: { network: 'test' } })
    await writeFile(join(path, 'network.json'), '"dev"\n')
    for (const name of await readdir(join(path, 'chain'))) await writeFile(join(path, 'chain', name), '')
    await unchanged(path, 'blocks-of-other-network', { flags: { network: 'test' } })
    expect(await reindexed(path)).toMatchObject({ blocks: 0 })
  })

  it('where blocks are pruned, since the coins could not be worked out', async () => {
    const path = await stored.copy()
    await withStoredChain(path, ({ chain }) => chain.coinStatistics(), { prune: 20 })
    await withStoredChain(
      path,
      async ({ chain, mine }) => {
        await mine()
        await chain.coinStatistics()
        expect(chain.pruning()).toEqual({ keptBlocks: 20, lowestBody: BLOCKS + 1 - 19 })
        expect(headerKey(chain.tip().hash)).toHaveLength(33)
      },
      { prune: 20 },
    )
    await unchanged(path, 'blocks-pruned')
  })
})
