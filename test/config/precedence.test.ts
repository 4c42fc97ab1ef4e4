import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/node/config-load.ts'
import { CONFIG_OPTIONS } from '../../src/node/config-options.ts'
import { fakeMachine } from '../support/fake-machine.ts'

const PEER_ID = '12D3KooWCKCeqLPSgMnDjyFsJuWqREDtKNHx1JEBiwaMXhCLNTRb'
const PEER = `/p2p/${PEER_ID}`

/** For each setting: three different values that all sources can hold, and where a configuration shows them. */
const SAMPLES: Record<string, { values: [unknown, unknown, unknown]; read: string }> = {
  dataDir: { values: ['/a', '/b', '/c'], read: 'dataDirectory' },
  prune: { values: [288, 1_000, 300], read: 'prune' },
  'indexes.addresses': { values: [false, true, false], read: 'indexes.addresses' },
  'indexes.transactions': { values: [true, false, true], read: 'indexes.transactions' },
  'p2p.bootstrap': {
    values: [
      [`/ip4/10.0.0.1/tcp/1${PEER}`],
      [`/ip4/10.0.0.2/tcp/2${PEER}`, `/ip4/10.0.0.3/tcp/3${PEER}`],
      [`/dns4/a.test/tcp/4/ws${PEER}`],
    ],
    read: 'p2p.bootstrap',
  },
  'p2p.listen': {
    values: [['/ip4/127.0.0.1/tcp/0'], ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/2/ws'], ['/ip4/0.0.0.0/tcp/3']],
    read: 'p2p.listen',
  },
  'p2p.announce': {
    values: [
      ['/ip4/192.0.2.1/tcp/1'],
      ['/dns4/a.test/tcp/443/wss', '/ip6/2001:db8::1/tcp/2/ws'],
      ['/ip4/192.0.2.2/tcp/3'],
    ],
    read: 'p2p.announce',
  },
  'p2p.mdns': { values: [true, false, true], read: 'p2p.mdns' },
  'p2p.dht': { values: [false, true, false], read: 'p2p.dht' },
  'p2p.targetPeers': { values: [1, 2, 3], read: 'p2p.targetPeers' },
  'p2p.maxPeers': { values: [20, 30, 40], read: 'p2p.maxPeers' },
  'p2p.privateKeyFile': { values: ['/a.key', '/b.key', '/c.key'], read: 'p2p.privateKeyFile' },
  'p2p.allow': { values: [['10.0.0.0/8'], ['::1', '10.0.0.1'], [PEER_ID]], read: 'p2p.allow' },
  'p2p.deny': { values: [[PEER_ID], ['10.0.0.0/8'], ['192.0.2.1']], read: 'p2p.deny' },
  'api.port': { values: [1, 2, 3], read: 'api.port' },
  'api.origins': {
    values: [['https://a.test'], ['http://localhost:5173', 'https://b.test'], ['https://c.test']],
    read: 'api.origins',
  },
  'api.rateLimit': { values: [10, 20, 30], read: 'api.rateLimit' },
  'mining.enabled': { values: [true, false, true], read: 'mining.enabled' },
  'mining.threads': { values: [1, 2, 3], read: 'mining.threads' },
  'mining.interval': { values: [0.5, 2, 3], read: 'mining.interval' },
  'logging.level': { values: ['trace', 'warn', 'silent'], read: 'logging.level' },
  'logging.format': { values: ['pretty', 'json', 'pretty'], read: 'logging.format' },
}

const variableOf = (key: string) => CONFIG_OPTIONS.find((option) => option.key === key)!.variable

function nest(key: string, value: unknown): object {
  const [first, second] = key.split('.') as [string, string?]
  return second === undefined ? { [first]: value } : { [first]: { [second]: value } }
}

const read = (config: unknown, path: string): unknown =>
  path.split('.').reduce((value, part) => (value as Record<string, unknown>)?.[part], config)

const asFlag = (value: unknown) => (typeof value === 'number' ? String(value) : (value as string))

describe('precedence', () => {
  it('asks flag, variable, file and default in this order, for every setting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(SAMPLES)),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        async (key, inFlag, inVariable, inFile) => {
          const { values, read: path } = SAMPLES[key]!
          const [flag, variable, file] = values
          const machine = fakeMachine({
            environment: inVariable ? { [variableOf(key)]: String(variable) } : {},
            files: { '/work/cairn.json': inFile ? nest(key, file) : {} },
          })
          // On dev, where every setting has a meaning.
          const flags = { network: 'dev', ...(inFlag ? { [key]: asFlag(flag) } : {}) }
          const config = await loadConfig(flags, 'cairn.json', machine)
          const plain = await loadConfig({ network: 'dev' }, undefined, fakeMachine())
          const wanted = inFlag ? flag : inVariable ? variable : inFile ? file : read(plain, path)
          expect(read(config, path)).toEqual(wanted)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('lets a flag turn on again what the file turns off, section by section', async () => {
    const machine = fakeMachine({
      environment: { CAIRN_DHT: 'off' },
      files: { '/etc/cairn.json': { p2p: { mdns: false, dht: true, targetPeers: 3 } } },
    })
    const config = await loadConfig({ 'p2p.mdns': true }, '/etc/cairn.json', machine)
    expect(config.p2p).toMatchObject({ mdns: true, dht: false, targetPeers: 3 })
  })

  it('finds the configuration file through CAIRN_CONFIG, and through --config before that', async () => {
    const machine = fakeMachine({
      environment: { CAIRN_CONFIG: '/one.json' },
      files: { '/one.json': { api: { port: 1 } }, '/work/two.json': { api: { port: 2 } } },
    })
    expect((await loadConfig({}, undefined, machine)).api).toMatchObject({ port: 1 })
    expect((await loadConfig({}, 'two.json', machine)).api).toMatchObject({ port: 2 })
  })

  it('takes an empty variable as unset', async () => {
    const environment = Object.fromEntries(CONFIG_OPTIONS.map((option) => [option.variable, '']))
    const config = await loadConfig(
      {},
      undefined,
      fakeMachine({ environment: { ...environment, CAIRN_CONFIG: '' } }),
    )
    expect(config).toEqual(await loadConfig({}, undefined, fakeMachine()))
  })

  it('knows each setting in exactly one flag and one variable', () => {
    for (const name of ['key', 'variable', 'flag'] as const) {
      const names = CONFIG_OPTIONS.map((option) => option[name]).filter((value) => value !== undefined)
      expect(new Set(names).size).toBe(names.length)
    }
    expect(
      Object.keys(SAMPLES)
        .concat('network', 'minimumWork', 'cache', 'p2p.port', 'api.enabled', 'mining.address')
        .sort(),
    ).toEqual(CONFIG_OPTIONS.map((option) => option.key).sort())
  })
})
