import { readdir, readFile, rm, watch } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { coinKey } from '../../src/storage/keyspace.ts'
import { nodeArguments, runCairn, spawnCairn, startNode } from '../support/node-process.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { coinsIn, type StoredChain, storeChain, withStoredChain } from '../support/stored-chain.ts'

// Processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 180_000 })

/** So many that a reindex takes a while. */
const BLOCKS = 800
const KILLS = Number(process.env.KILLS ?? 3)

let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(BLOCKS)
}, 60_000)
afterAll(() => stored.remove())

const onDev = (path: string): string[] => ['--network', 'dev', '--data-dir', path]

async function contentsOf(path: string): Promise<Record<string, string>> {
  const folder = join(path, 'chain')
  const names = await readdir(folder)
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')))
  return Object.fromEntries(names.map((name, i) => [name, contents[i]!]))
}

/** Resolves at the moment when a name appears in a folder. */
async function appears(path: string, name: string): Promise<void> {
  for await (const { filename } of watch(path)) if (filename === name) return
}

describe('cairn reindex', () => {
  it('brings a node back whose database cannot be opened any more, as its log advises', async () => {
    const path = await stored.copy()
    await rm(join(path, 'chain', 'CURRENT'))
    const refused = await runCairn(nodeArguments(path))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('run `cairn reindex`') })
    const broken = await runCairn(['verify', ...onDev(path)])
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('file-damaged\t1\t') })

    const { code, stdout, stderr } = await runCairn(['reindex', '--json', ...onDev(path)])
    expect({ code, result: JSON.parse(stdout) }).toEqual({
      code: 0,
      result: {
        blocks: BLOCKS,
        waiting: 0,
        height: BLOCKS,
        tip: stored.blocks.at(-1)!.hash,
        skipped: { damaged: 0, unconnected: 0, refused: {} },
        seconds: expect.any(Number),
      },
    })
    expect(stderr).toContain(`rebuilding: ${BLOCKS} of ${BLOCKS} blocks, 100 %`)

    const node = await startNode({ dataDirectory: path })
    expect(node.started).toMatchObject({ height: BLOCKS, tip: stored.blocks.at(-1)!.hash })
    const { count, total, digest } = stored.coins
    expect(await node.client.supply()).toMatchObject({ coins: count, total, digest })
    const inUse = await runCairn(['reindex', ...onDev(path)])
    expect(inUse).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is in use by process ${node.pid}`),
    })
    expect(await runCairn(['verify', ...onDev(path)])).toMatchObject({ code: 1, stdout: '' })
    await node.stop()
    const sound = await runCairn(['verify', '--signatures', ...onDev(path)])
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringContaining('result\tsound') })
  })

  it(`is killed at ${KILLS} moments, and each time there is a chain that a node goes on with`, async () => {
    const seed = process.env.KILL_SEED ?? String(Date.now())
    console.info(`the moments of this run follow from KILL_SEED=${seed}`)
    const random = createSeededRandom(seed)
    const path = await stored.copy()
    const from = performance.now()
    expect((await runCairn(['reindex', ...onDev(path)])).code).toBe(0)
    const tookMs = performance.now() - from

    const left: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const reindex = spawnCairn(['reindex', ...onDev(path)])
      await (kill % 2 === 0 ? delay(random.below(Math.floor(tookMs))) : appears(path, 'chain.old'))
      reindex.kill('SIGKILL')
      await reindex.ended
      left.push((await readdir(path)).filter((name) => name.startsWith('chain')).join('+'))
      const started = await startNode({ dataDirectory: path })
      expect(started.started).toMatchObject({ height: BLOCKS })
      await started.stop()
    }
    console.info('left were', left)
    expect((await runCairn(['reindex', ...onDev(path)])).code).toBe(0)
    expect((await runCairn(['verify', ...onDev(path)])).code).toBe(0)
    expect(await coinsIn(path)).toEqual(stored.coins)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves everything as it was on %s', async (signal, code) => {
    const path = await stored.copy()
    const before = await contentsOf(path)
    const reindex = spawnCairn(['reindex', ...onDev(path)])
    await appears(path, 'chain.new')
    reindex.kill(signal)
    expect(await reindex.ended).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^cairn: stopped by ${signal}$`, 'm')),
    })
    expect(await readdir(path)).toEqual(['chain', 'lock'])
    expect(await contentsOf(path)).toEqual(before)
  })
})

describe('cairn verify', () => {
  it('tells what is wrong, where, and what to do, for people and for programs', async () => {
    const path = await stored.copy()
    const { txid } = stored.blocks.at(-1)!.transactions[0]!
    await withStoredChain(path, (_, level) =>
      createCheckedStore(level).batch([{ key: coinKey({ txid, vout: 0 }), value: undefined }]),
    )
    const text = await runCairn(['verify', ...onDev(path)])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(`coin-missing\t1\tcoins that nothing has spent are missing\t${txid}:0\n`)
    expect(text.stdout).toContain('result\tdamaged\n')
    expect(text.stderr).toContain('`cairn reindex`')

    const json = await runCairn(['verify', '--json', ...onDev(path)])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      sound: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'coin-missing', count: 1, examples: [`${txid}:0`] }),
      ]),
      headers: BLOCKS + 1,
      bodies: BLOCKS + 1,
      replayed: 'all',
    })
  })
})
