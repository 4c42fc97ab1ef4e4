import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/node/config-load.ts'
import { defaultPorts } from '../../src/node/config-ports.ts'
import { fakeMachine } from '../support/fake-machine.ts'

const SPARK = { name: 'spark', prefix: 'spk', difficulty: 2, spacing: null }

describe('defaults', () => {
  it('starts a node of the main network that listens, serves its API and looks for peers', async () => {
    const config = await loadConfig({}, undefined, fakeMachine())
    expect(config.network.name).toBe('main')
    expect(config).toMatchObject({
      dataDirectory: '/home/ada/.cairn/main',
      prune: undefined,
      minimumWork: 0n,
      cacheBytes: 64_000_000,
      indexes: { addresses: true, transactions: true },
      p2p: {
        listen: ['/ip4/0.0.0.0/tcp/9470', '/ip4/0.0.0.0/tcp/9471/ws'],
        announce: [],
        bootstrap: [],
        mdns: true,
        dht: true,
        targetPeers: 8,
        maxPeers: 64,
        privateKeyFile: undefined,
        allow: [],
        deny: [],
      },
      api: { port: 9472 },
      mining: { enabled: false, payout: undefined, threads: 3, interval: undefined },
      logging: { level: 'info', format: 'json' },
    })
  })

  it('leaves half of the peers to those that dial us, where there are to be few', async () => {
    const few = await loadConfig({ 'p2p.maxPeers': '5' }, undefined, fakeMachine())
    expect(few.p2p).toMatchObject({ maxPeers: 5, targetPeers: 2 })
    const many = await loadConfig({ 'p2p.targetPeers': '32' }, undefined, fakeMachine())
    expect(many.p2p).toMatchObject({ maxPeers: 64, targetPeers: 32 })
  })

  it('logs for people on a terminal', async () => {
    expect((await loadConfig({}, undefined, fakeMachine({ interactive: true }))).logging.format).toBe(
      'pretty',
    )
  })

  it('leaves one processor to the node, and mines on at least one', async () => {
    expect((await loadConfig({}, undefined, fakeMachine({ processors: 1 }))).mining.threads).toBe(1)
    expect((await loadConfig({}, undefined, fakeMachine({ processors: 16 }))).mining.threads).toBe(15)
  })

  it('gives each network its own ports and folder', async () => {
    const test = await loadConfig({ network: 'test' }, undefined, fakeMachine())
    const dev = await loadConfig({ network: 'dev' }, undefined, fakeMachine())
    expect([test.dataDirectory, dev.dataDirectory]).toEqual(['/home/ada/.cairn/test', '/home/ada/.cairn/dev'])
    expect([test.api?.port, dev.api?.port]).toEqual([19472, 29472])
    expect(test.p2p.listen).toEqual(['/ip4/0.0.0.0/tcp/19470', '/ip4/0.0.0.0/tcp/19471/ws'])
    expect(dev.mining.interval).toBe(5)
  })

  it("derives a custom network's ports from its id, outside everyone else's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (number) => {
        const id = number.toString(16).padStart(8, '0')
        const { p2p, api } = defaultPorts({ name: 'spark', id })
        expect(defaultPorts({ name: 'other', id })).toEqual({ p2p, api })
        expect(api).toBe(p2p + 2)
        expect(p2p).toBeGreaterThanOrEqual(20_480)
        expect(api).toBeLessThan(28_672)
      }),
    )
  })

  it('keeps all blocks where a flag says 0, whatever the file says', async () => {
    const machine = fakeMachine({
      files: { '/work/cairn.json': { prune: 500, cache: 8, minimumWork: 'A0' } },
    })
    expect(await loadConfig({}, 'cairn.json', machine)).toMatchObject({
      prune: 500,
      cacheBytes: 8_000_000,
      minimumWork: 160n,
    })
    expect((await loadConfig({ prune: '0' }, 'cairn.json', machine)).prune).toBeUndefined()
  })

  it('takes port 0 as "any free one" for both listeners', async () => {
    const config = await loadConfig({ 'p2p.port': '0' }, undefined, fakeMachine())
    expect(config.p2p.listen).toEqual(['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws'])
  })

  it('leaves the API out where it is switched off', async () => {
    expect((await loadConfig({ 'api.enabled': false }, undefined, fakeMachine())).api).toBeUndefined()
  })
})

describe('custom networks', () => {
  it('come from a file, named from the working directory or from the configuration file', async () => {
    const machine = fakeMachine({
      files: {
        '/work/spark.json': SPARK,
        '/etc/cairn/spark.json': { ...SPARK, name: 'deep' },
        '/etc/cairn/cairn.json': { network: 'spark.json', dataDir: 'data' },
      },
    })
    const byFlag = await loadConfig({ network: 'spark.json' }, undefined, machine)
    expect(byFlag.network.name).toBe('spark')
    expect(byFlag.dataDirectory).toBe('/home/ada/.cairn/spark')
    const byFile = await loadConfig({}, '/etc/cairn/cairn.json', machine)
    expect(byFile.network.name).toBe('deep')
    expect(byFile.dataDirectory).toBe('/etc/cairn/data')
  })

  it('stand inside the configuration file, difficulty and all', async () => {
    const machine = fakeMachine({ files: { '/work/cairn.json': { network: { ...SPARK, difficulty: 3 } } } })
    const { network } = await loadConfig({}, 'cairn.json', machine)
    expect(network.initialBits).toBe(0x1f0fffff)
  })

  it('are the same network in a file of their own and inside the configuration', async () => {
    const machine = fakeMachine({ files: { '/work/a.json': { network: SPARK }, '/work/spark.json': SPARK } })
    const inline = await loadConfig({}, 'a.json', machine)
    const named = await loadConfig({ network: './spark.json' }, undefined, machine)
    expect(inline.network.id).toBe(named.network.id)
  })
})

it('reads a leading ~ as the home directory', async () => {
  const machine = fakeMachine({ files: { '/work/cairn.json': { dataDir: '~/nodes/one' } } })
  expect((await loadConfig({}, 'cairn.json', machine)).dataDirectory).toBe('/home/ada/nodes/one')
})
