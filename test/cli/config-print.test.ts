import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONFIG_OPTIONS } from '../../src/node/config-options.ts'
import { defaultPorts } from '../../src/node/config-ports.ts'
import { cairn } from '../support/cli.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { DEV } from '../support/test-chain.ts'

async function settings(args: readonly string[], environment = {}) {
  const { code, out, notes } = await cairn(['config', 'print', '--json', ...args], { environment })
  expect([code, notes]).toEqual([0, ''])
  const list: { key: string }[] = JSON.parse(out)
  return { keys: list.map(({ key }) => key), of: (wanted: string) => list.find(({ key }) => key === wanted) }
}

describe('config print', () => {
  it('shows every setting, with a value wherever a node has one', async () => {
    const { keys, of } = await settings(['--network', 'dev'])
    expect(keys).toEqual(['config', 'passphrase', ...CONFIG_OPTIONS.map(({ key }) => key)])
    expect(keys.filter((key) => (of(key) as { value?: unknown }).value === null)).toEqual([
      'config',
      'passphrase',
      'p2p.privateKeyFile',
      'mining.address',
    ])
    expect(of('p2p.port')).toMatchObject({ value: defaultPorts(DEV).p2p, source: 'default', name: null })
    expect(of('api.port')).toMatchObject({ value: defaultPorts(DEV).api, source: 'default' })
  })

  it('says which of several sources has decided, and what the setting is called there', async () => {
    const folder = await temporaryDirectory()
    const file = join(folder, 'cairn.json')
    await writeFile(
      file,
      JSON.stringify({
        network: 'dev',
        prune: 300,
        p2p: { mdns: false },
        mining: { threads: 3, interval: 9 },
      }),
    )
    const { of } = await settings(['--config', file, '--threads', '1', '--bootstrap', NODE], {
      CAIRN_THREADS: '2',
      CAIRN_MINE_INTERVAL: '7',
    })
    expect(of('config')).toMatchObject({ value: file, source: 'flag', name: '--config' })
    expect(of('mining.threads')).toMatchObject({ value: 1, source: 'flag', name: '--threads' })
    expect(of('mining.interval')).toMatchObject({ value: 7, source: 'variable', name: 'CAIRN_MINE_INTERVAL' })
    expect(of('prune')).toMatchObject({ value: 300, source: 'file', name: `prune in ${file}` })
    expect(of('p2p.mdns')).toMatchObject({ value: false, source: 'file' })
    expect(of('p2p.bootstrap')).toMatchObject({ value: [NODE], source: 'flag', name: '--bootstrap' })
    expect(of('cache')).toMatchObject({ value: 64, source: 'default', name: null })
  })

  it('tells a network that the data directory is of from a default', async () => {
    const folder = await temporaryDirectory()
    await writeFile(join(folder, 'network.json'), '"dev"')
    const { of } = await settings(['--data-dir', folder])
    const name = join(folder, 'network.json')
    expect(of('network')).toEqual({ key: 'network', value: 'dev', source: 'data directory', name })
  })

  it('shows no secret, only where it would come from', async () => {
    const { code, out } = await cairn(['config', 'print'], {
      environment: { CAIRN_WALLET_PASSPHRASE: 'hunter2', CAIRN_API_TOKEN: 'swordfish' },
    })
    expect(code).toBe(0)
    expect(out).toContain('passphrase\tnot shown\tCAIRN_WALLET_PASSPHRASE')
    expect(out).not.toMatch(/hunter2|swordfish/)
  })

  it('is a table for people, and refuses what start refuses', async () => {
    expect((await cairn(['config', 'print'], { interactive: true })).out).toMatch(/SETTING +VALUE +FROM/)
    expect(await cairn(['config', 'print', '--threads', '0'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('--threads is 0'),
    })
  })
})

const NODE = '/ip4/192.0.2.1/tcp/9470/p2p/12D3KooWCKCeqLPSgMnDjyFsJuWqREDtKNHx1JEBiwaMXhCLNTRb'
