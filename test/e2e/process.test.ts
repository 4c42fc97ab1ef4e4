import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { testKey } from '../support/key.ts'
import { nodeArguments, runCairn, spawnCairn, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const MINER = addressOf(testKey('miner'))
const MINE = ['--mine', '--miner-address', MINER, '--mine-interval', '0.05']

/** What the issue promises for a stop in order. */
const STOP_MS = 3_000

/** Beyond this a command that has to refuse something is taken to hang. */
const REFUSE_MS = 10_000

describe('a data directory', () => {
  it('is refused to a second process, which names the first one and the directory', async () => {
    const first = await startNode()
    const second = await runCairn(nodeArguments(first.dataDirectory))
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`data directory ${first.dataDirectory} is in use by process ${first.pid}`)
    expect((await first.client.status()).peerId).toBe(first.started.peerId)
  })

  it('is refused to a node of another network, and stays usable', async () => {
    const dev = await startNode()
    const [found] = await dev.client.generate(MINER, 1).then(({ blocks }) => blocks)
    const { dataDirectory } = dev
    await dev.stop()

    const other = await runCairn(nodeArguments(dataDirectory, { network: 'test' }))
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/made with network [0-9a-f]{8}, not [0-9a-f]{8}/)

    const again = await startNode({ dataDirectory })
    expect(again.started).toMatchObject({ height: 1, tip: found!.hash, peerId: dev.started.peerId })
  })

  it('that cannot be made is refused at once', async () => {
    const folder = await temporaryDirectory()
    const file = join(folder, 'file')
    await writeFile(file, '')
    const places = [
      file,
      join(file, 'below'),
      join(file, 'far', 'below'),
      '/proc/cairn',
      '/proc/version/cairn',
    ]
    const from = performance.now()
    const results = await Promise.all(places.map((place) => runCairn(nodeArguments(place))))
    expect(performance.now() - from).toBeLessThan(REFUSE_MS)
    for (const [i, { code, stderr }] of results.entries()) {
      expect(code).toBe(1)
      expect(stderr).toContain(`cannot use the data directory ${places[i]}: E`)
    }
  })

  it('is made with the folders above it', async () => {
    const dataDirectory = join(await temporaryDirectory(), 'some', 'where', 'deep')
    expect((await startNode({ dataDirectory })).started.height).toBe(0)
  })
})

describe('a signal', () => {
  it.for(['SIGTERM', 'SIGINT'] as const)(
    '%s stops an idle node and one that mines, in order',
    async (signal) => {
      const [idle, mining] = await Promise.all([startNode(), startNode({ args: MINE })])
      await eventually('it mines', () => mining.log.some(({ msg }) => msg === 'block found'))
      for (const node of [idle, mining]) {
        const { code, tookMs } = await node.stop(signal)
        expect(code).toBe(0)
        expect(tookMs).toBeLessThan(STOP_MS)
        expect(node.log.at(-1)!.msg).toBe('node stopped')
      }
      const tip = mining.log.filter(({ msg }) => msg === 'block found').at(-1)!
      const again = await startNode({ dataDirectory: mining.dataDirectory })
      expect(again.started.height).toBeGreaterThanOrEqual(tip.height as number)
    },
  )

  it('stops a node that is catching up, which then goes on from where it was', async () => {
    const source = await startNode()
    for (let i = 0; i < 5; i++) await source.client.generate(MINER, 100)
    const { tip } = await source.client.status()
    expect(tip.height).toBe(500)

    const behind = await startNode({ bootstrap: source.started.addresses })
    await eventually(
      'it knows what it lacks',
      async () => (await behind.client.status()).bestHeader.height > 0,
    )
    const { code, tookMs } = await behind.stop()
    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(STOP_MS)

    const again = await startNode({
      dataDirectory: behind.dataDirectory,
      bootstrap: source.started.addresses,
    })
    await eventually('it has caught up', async () => (await again.client.status()).tip.hash === tip.hash)
  })

  it('before the node has started ends the process, too', async () => {
    const node = spawnCairn(nodeArguments(join(await temporaryDirectory(), 'data')))
    const seen = Promise.withResolvers<void>()
    node.onLine((line) => {
      if (line.includes('network started')) seen.resolve()
    })
    await seen.promise
    node.kill('SIGTERM')
    expect([0, 143]).toContain((await node.ended).code)
  })

  it('that is the second ends the process at once', async () => {
    const node = await startNode()
    node.kill('SIGTERM')
    const { code, tookMs } = await node.stop('SIGINT')
    // Which of two pending signals is delivered first is the system's choice.
    expect([130, 143]).toContain(code)
    expect(tookMs).toBeLessThan(STOP_MS)
    expect((await startNode({ dataDirectory: node.dataDirectory })).started.peerId).toBe(node.started.peerId)
  })

  it('SIGKILL leaves a directory whose commands say so, and that starts again at its tip', async () => {
    const node = await startNode()
    const { blocks } = await node.client.generate(MINER, 3)
    await node.stop('SIGKILL')
    const status = await node.cairn(['status'])
    expect(status.code).toBe(3)
    expect(status.stderr).toContain(`(process ${node.pid}) has ended without saying so`)

    const { dataDirectory } = node
    const again = await startNode({ dataDirectory })
    expect(again.started).toMatchObject({ height: 3, tip: blocks.at(-1)!.hash, peerId: node.started.peerId })
    await again.stop()
    expect((await startNode({ dataDirectory })).started.tip).toBe(blocks.at(-1)!.hash)
  })
})

describe('what a node is started with', () => {
  it('has to leave the API a free port', async () => {
    const first = await startNode()
    const { port } = new URL(first.started.api)
    const folder = await temporaryDirectory()
    const second = await runCairn([...nodeArguments(join(folder, 'data')), '--api-port', port])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(port)
    expect(second.stderr).toMatch(/in use|taken|other program/)
  })

  it('is refused with 2 and the name of the key where it is wrong', async () => {
    const folder = await temporaryDirectory()
    await mkdir(folder, { recursive: true })
    const config = async (name: string, json: unknown) => {
      const path = join(folder, name)
      await writeFile(path, JSON.stringify(json))
      return ['--config', path]
    }
    const cases: readonly (readonly [readonly string[], string, Record<string, string>?])[] = [
      [['--frobnicate'], '--frobnicate'],
      [['--threads', '0'], '--threads is 0, but has to be a whole number from 1 to 256'],
      [['--api-port', '70000'], '--api-port is 70000'],
      [['--network', 'mainnet'], '--network is "mainnet"'],
      [['--bootstrap', '/ip4/192.0.2.1/tcp/9470'], '--bootstrap is "/ip4/192.0.2.1/tcp/9470"'],
      [['--miner-address', 'crn1nonsense', '--mine'], '--miner-address'],
      [await config('unknown.json', { p2p: { prot: 1 } }), 'p2p.prot'],
      [await config('bad.json', { logging: { level: 'loud' } }), 'logging.level'],
      [['--config', join(folder, 'missing.json')], 'missing.json'],
      [[], 'CAIRN_THREDS', { CAIRN_THREDS: '2' }],
      [[], 'CAIRN_API_PORT', { CAIRN_API_PORT: 'many' }],
    ]
    const base = ['start', '--data-dir', join(folder, 'data')]
    const results = await Promise.all(
      cases.map(([args, , env = {}]) => runCairn([...base, ...args], { env })),
    )
    for (const [i, { code, stderr, stdout }] of results.entries()) {
      expect(stderr).toContain(cases[i]![1])
      expect(code).toBe(2)
      expect(stdout).toBe('')
    }
  })
})
