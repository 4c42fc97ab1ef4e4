import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import type { GivenFlags } from '../../src/node/config-layers.ts'
import { loadConfig } from '../../src/node/config-load.ts'
import { nearest } from '../../src/node/config-nearest.ts'
import { CONFIG_OPTIONS } from '../../src/node/config-options.ts'
import { fakeMachine } from '../support/fake-machine.ts'

async function refusal(load: Promise<unknown>): Promise<CairnError> {
  const error = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CairnError)
  return error as CairnError
}

const ofFlags = (flags: GivenFlags) => refusal(loadConfig(flags, undefined, fakeMachine()))
const ofVariables = (environment: Record<string, string>) =>
  refusal(loadConfig({}, undefined, fakeMachine({ environment })))
const ofFile = (content: unknown) =>
  refusal(loadConfig({}, 'cairn.json', fakeMachine({ files: { '/work/cairn.json': content } })))

describe('a bad value', () => {
  it('is refused with the name it has in its source, and with what is allowed', async () => {
    expect((await ofFlags({ 'mining.threads': 'many' })).message).toBe(
      '--threads is "many", but has to be a whole number from 1 to 256',
    )
    expect((await ofVariables({ CAIRN_THREADS: '0' })).message).toBe(
      'CAIRN_THREADS is 0, but has to be a whole number from 1 to 256',
    )
    expect((await ofFile({ mining: { threads: 1.5 } })).message).toBe(
      'mining.threads in /work/cairn.json is 1.5, but has to be a whole number from 1 to 256',
    )
  })

  it('is refused for every setting that is not free text', async () => {
    const bad: Record<string, unknown> = {
      network: 'mainnet',
      prune: 287,
      minimumWork: '0x1',
      cache: 3,
      'indexes.addresses': 'some',
      'indexes.transactions': 1.5,
      'p2p.bootstrap': ['/ip4/10.0.0.1/tcp/1'],
      'p2p.listen': ['localhost:9470'],
      'p2p.announce': ['/ip4/192.0.2.1/udp/9470'],
      'p2p.port': 65_535,
      'p2p.mdns': 'maybe',
      'p2p.dht': 2,
      'p2p.targetPeers': -1,
      'p2p.maxPeers': 0,
      'p2p.allow': ['localhost'],
      'p2p.deny': ['10.0.0.0/33'],
      'api.port': 65_536,
      'api.origins': ['https://wallet.example/page'],
      'api.rateLimit': 0,
      'api.enabled': 'nope',
      'mining.enabled': 'perhaps',
      'mining.address': 'dcrn1nonsense',
      'mining.threads': 257,
      'mining.interval': -1,
      'logging.level': 'loud',
      'logging.format': 'xml',
    }
    expect(Object.keys(bad).concat('dataDir', 'p2p.privateKeyFile').sort()).toEqual(
      CONFIG_OPTIONS.map(({ key }) => key).sort(),
    )
    for (const { key, variable } of CONFIG_OPTIONS) {
      if (key === 'dataDir' || key === 'p2p.privateKeyFile') continue
      const [first, second] = key.split('.') as [string, string?]
      const file = second === undefined ? { [first]: bad[key] } : { [first]: { [second]: bad[key] } }
      const inFile = await ofFile(file)
      expect(inFile.code).toBe('config-invalid')
      expect(inFile.message).toContain(`${key} in /work/cairn.json is `)
      const inVariable = await ofVariables({ [variable]: String(bad[key]) })
      expect(inVariable.message).toContain(`${variable} is `)
    }
  })

  it('says the least that can be kept of a pruned chain, and of the memory for coins', async () => {
    expect((await ofFlags({ prune: '100' })).message).toBe(
      '--prune is 100, but has to be a whole number of blocks, at least 288, or 0 to keep all',
    )
    expect((await ofVariables({ CAIRN_CACHE: '1' })).message).toBe(
      'CAIRN_CACHE is 1, but has to be a whole number from 4 to 1048576 megabytes',
    )
  })

  it('is a limit on peers that leaves no room for those that are dialled', async () => {
    expect((await ofFlags({ 'p2p.maxPeers': '4', 'p2p.targetPeers': '4' })).message).toBe(
      '--max-peers is 4, but has to be more than the 4 connections of --target-peers',
    )
    expect((await ofFlags({ 'p2p.deny': ['/ip4/10.0.0.1'] })).message).toContain(
      '--deny is "/ip4/10.0.0.1", but has to be a peer id such as 12D3KooW…, an IP address, or a range',
    )
  })

  it('hides no other: every problem of every source is named at once', async () => {
    const machine = fakeMachine({
      environment: { CAIRN_LOG_LEVEL: 'loud' },
      files: { '/work/cairn.json': { api: { port: 'high' }, p2p: { mdns: 'yes' } } },
    })
    const error = await refusal(loadConfig({ 'mining.threads': 'x' }, 'cairn.json', machine))
    const problems = error.details.problems as { name: string }[]
    expect(problems.map(({ name }) => name)).toEqual([
      '--threads',
      'CAIRN_LOG_LEVEL',
      'p2p.mdns in /work/cairn.json',
      'api.port in /work/cairn.json',
    ])
  })

  it('is shown shortened', async () => {
    expect((await ofFlags({ 'logging.level': 'x'.repeat(10_000) })).message.length).toBeLessThan(300)
  })

  it('is a section that is no section, or a file that is no object', async () => {
    expect((await ofFile({ p2p: 9470 })).message).toContain(
      'p2p in /work/cairn.json is 9470, but has to be a section',
    )
    expect((await ofFile([])).message).toContain('has to be one JSON object')
    expect((await ofFile('null')).message).toContain('has to be one JSON object')
  })
})

describe('an unknown key', () => {
  it('is refused with the one that was probably meant', async () => {
    expect((await ofFile({ mining: { thread: 2 } })).message).toBe(
      'mining.thread in /work/cairn.json is not a setting; did you mean mining.threads?',
    )
    expect((await ofVariables({ CAIRN_DATADIR: '/x' })).message).toBe(
      'CAIRN_DATADIR is not a setting; did you mean CAIRN_DATA_DIR?',
    )
  })

  it('is refused with all that are known where nothing is near', async () => {
    expect((await ofFile({ colour: 'red' })).message).toContain('known are network, dataDir, prune')
  })

  it('is refused even where it means something to JavaScript', async () => {
    expect((await ofFile('{"__proto__": {"api": {"port": 1}}}')).code).toBe('config-invalid')
    expect((await ofFile('{"p2p": {"constructor": 1}}')).code).toBe('config-invalid')
  })

  it('is let pass where Kubernetes sets it for a service called cairn', async () => {
    const environment = {
      CAIRN_SERVICE_HOST: '10.0.0.1',
      CAIRN_SERVICE_PORT_P2P: '9470',
      CAIRN_PORT: 'tcp://10.0.0.1:9470',
      CAIRN_PORT_9470_TCP_ADDR: '10.0.0.1',
    }
    await expect(loadConfig({}, undefined, fakeMachine({ environment }))).resolves.toBeDefined()
  })

  it('never crashes the loader, whatever JSON the file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        const loaded = await loadConfig({}, 'c.json', fakeMachine({ files: { '/work/c.json': text } })).catch(
          (error: unknown) => error,
        )
        if (loaded instanceof Error) expect(loaded).toBeInstanceOf(CairnError)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a configuration file', () => {
  it('that is missing is refused by path', async () => {
    const error = await refusal(loadConfig({}, 'gone.json', fakeMachine()))
    expect(error.code).toBe('config-unreadable')
    expect(error.message).toBe('cannot use /work/gone.json: it does not exist')
  })

  it('that is not JSON is refused by path', async () => {
    expect((await ofFile('{ "api": }')).message).toMatch(
      /\/work\/cairn\.json: it is not JSON \(Unexpected token/,
    )
  })
})

describe('settings that do not go together', () => {
  it("refuses a miner's address of another network", async () => {
    const error = await ofFlags({
      network: 'dev',
      'mining.address': 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    })
    expect(error.message).toMatch(
      /^--miner-address is ".*, but has to be an address of the network dev \(.*dcrn1\)$/,
    )
  })

  it('refuses an interval where the difficulty paces the blocks', async () => {
    expect((await ofVariables({ CAIRN_MINE_INTERVAL: '10' })).message).toContain('CAIRN_MINE_INTERVAL is 10')
  })

  it("refuses a custom network by the file's path and the key", async () => {
    const files = { '/work/net.json': { name: 'net', prefix: 'net', difficulty: 0 } }
    const error = await refusal(loadConfig({ network: 'net.json' }, undefined, fakeMachine({ files })))
    expect(error.message).toMatch(/^difficulty in \/work\/net\.json: /)
  })
})

describe('the nearest name', () => {
  it('is the name itself, and is found through one wrong letter', () => {
    const names = CONFIG_OPTIONS.map((option) => option.variable)
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
        expect(nearest(name, names)).toBe(name)
        const wrong = `${name.slice(0, at % name.length)}#${name.slice((at % name.length) + 1)}`
        expect(nearest(wrong, [name])).toBe(name)
      }),
    )
  })

  it('is none for something else', () => {
    expect(nearest('zzzzzz', ['threads', 'interval'])).toBeUndefined()
  })
})
