import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeFilePath, writeNodeFile } from '../../src/platform/node/node-file.ts'
import type { SyncStatus } from '../../src/ports/node-services.ts'
import { addressOf, createApiNode, IDLE_SYNC } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { testKey } from '../support/key.ts'
import { peerView } from '../support/peer-view.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { DEV } from '../support/test-chain.ts'

const ALICE = addressOf(testKey('alice'))
const URL = 'http://127.0.0.1:29472'
const PEER = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x'
const DEV_API = ['--network', 'dev', '--api', URL]

describe('help', () => {
  it('lists every command, and explains each with examples', async () => {
    const { code, out } = await cairn(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('Exit codes:')
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!)
    expect(commands).toEqual([
      ...[
        'start',
        'status',
        'top',
        'peers',
        'ban',
        'unban',
        'block',
        'tx',
        'invalidate',
        'reconsider',
        'reindex',
        'verify',
      ],
      ...[
        'mine',
        'send',
        'wallet',
        'multisig',
        'vault',
        'htlc',
        'psbt',
        'config',
        'doctor',
        'completion',
        'help',
      ],
    ])
    const parents = ['wallet', 'multisig', 'vault', 'htlc', 'psbt', 'config', 'help']
    for (const name of commands.filter((each) => !parents.includes(each)))
      expect((await cairn([name, '--help'])).out).toContain('Examples:')
  })

  it('takes no passphrase and no key as an argument', async () => {
    for (const args of [
      ['start'],
      ['send'],
      ['wallet', 'create'],
      ['wallet', 'import'],
      ['wallet', 'export'],
    ]) {
      const { out } = await cairn([...args, '--help'])
      expect(out).not.toMatch(/--(passphrase|password|key|mnemonic|words) <(?!12)/)
    }
  })
})

describe('a line that is not understood', () => {
  it('ends with 2 and says what was meant', async () => {
    expect(await cairn(['statsu'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('Did you mean status?'),
    })
    expect(await cairn(['status', '--jsn'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('--json'),
    })
    expect(await cairn(['block', 'tip', ...DEV_API])).toMatchObject({ code: 2 })
    expect(await cairn(['tx', '12', ...DEV_API])).toMatchObject({ code: 2 })
    expect(await cairn(['block'])).toMatchObject({ code: 2 })
    expect(await cairn([])).toMatchObject({ code: 2 })
    for (const blocks of ['0', '-1', 'many', '1.5', '1000001'])
      expect(await cairn(['mine', '--blocks', blocks, ...DEV_API])).toMatchObject({ code: 2 })
    expect(await cairn(['mine', '--start', '--stop', ...DEV_API])).toMatchObject({ code: 2 })
    expect(await cairn(['status', '--api', 'localhost'])).toMatchObject({ code: 2 })
  })

  it('ends with 2 where a setting is refused', async () => {
    expect(await cairn(['status', '--network', 'mainnet'])).toEqual({
      code: 2,
      out: '',
      notes: `cairn: --network is "mainnet", but has to be main, test, dev, or the path of a custom network's JSON file`,
    })
    expect(await cairn(['status'], { environment: { CAIRN_THREDS: '2' } })).toMatchObject({
      code: 2,
      notes: 'cairn: CAIRN_THREDS is not a setting; did you mean CAIRN_THREADS?',
    })
  })
})

describe('a node that cannot be reached', () => {
  const COMMANDS = [
    ['status'],
    ['top'],
    ['peers'],
    ['peers', '--banned'],
    ['ban', PEER],
    ['unban', PEER],
    ['block', '0'],
    ['tx', '00'.repeat(32)],
    ['mine'],
    ['wallet', 'balance'],
  ]

  it('ends every command with 3 and says what to do', async () => {
    const dataDir = await temporaryDirectory()
    for (const command of [...COMMANDS, ['send', '--to', ALICE, '--amount', '1']]) {
      const result = await cairn([...command, '--network', 'dev', '--data-dir', dataDir])
      expect([command, result.code, result.out]).toEqual([command, 3, ''])
      expect(result.notes).toBe(
        `cairn: no node runs on ${dataDir}: start one with \`cairn start\`, or choose another with --network, --data-dir or --api`,
      )
    }
  })

  it('is told from one that was killed', async () => {
    const dataDir = await temporaryDirectory()
    await writeNodeFile(dataDir, { pid: 2 ** 30, startedAt: 1, network: 'dev', api: URL })
    expect(await cairn(['status', '--network', 'dev', '--data-dir', dataDir])).toMatchObject({
      code: 3,
      notes: expect.stringContaining(`(process ${2 ** 30}) has ended without saying so`),
    })
  })

  it('is told from one that has no API', async () => {
    const dataDir = await temporaryDirectory()
    const sleeper = spawn('sleep', ['60'])
    onTestFinished(() => void sleeper.kill())
    await once(sleeper, 'spawn')
    await writeNodeFile(dataDir, { pid: sleeper.pid!, startedAt: 1, network: 'dev' })
    expect(await cairn(['status', '--network', 'dev', '--data-dir', dataDir])).toMatchObject({
      code: 3,
      notes: expect.stringContaining('is still starting, or runs with --no-api'),
    })
  })

  it('is not sought where a stranger wrote node.json', async () => {
    const dataDir = await temporaryDirectory()
    await writeFile(
      nodeFilePath(dataDir),
      '{"pid":1,"startedAt":1,"network":"dev","api":"http://evil.example"}',
    )
    expect((await cairn(['status', '--network', 'dev', '--data-dir', dataDir])).notes).not.toContain('evil')
  })
})

describe('a running node', () => {
  it('is found through the data directory, --api and CAIRN_API_URL', async () => {
    const node = await createApiNode()
    const dataDir = await temporaryDirectory()
    await writeNodeFile(dataDir, { pid: process.pid, startedAt: 1, network: 'dev', api: URL })
    const ask = async (args: string[], environment = {}) =>
      (await cairn(['status', '--json', ...args], { node, environment })).code
    expect(await ask(['--network', 'dev', '--data-dir', dataDir])).toBe(0)
    expect(await ask(['--api', `${URL}/`])).toBe(0)
    expect(await ask([], { CAIRN_API_URL: URL })).toBe(0)
    expect(await ask([], { CAIRN_NETWORK: 'dev', CAIRN_DATA_DIR: dataDir })).toBe(0)
  })

  it('says how far it is in catching up, and how long that takes', async () => {
    const sync = { ...IDLE_SYNC, phase: 'blocks' as const, blocksLeft: 900, blocksPerSecond: 12.34 }
    const shown = async (status: SyncStatus) => {
      const node = await createApiNode({ sync: () => status })
      return (await cairn(['status', ...DEV_API], { node })).out
    }
    expect(await shown(IDLE_SYNC)).toContain('sync\tup to date')
    expect(await shown({ ...sync, secondsLeft: 73 })).toContain(
      'sync\t900 blocks behind, 12.3 a second, 73 s left',
    )
    expect(await shown({ ...sync, blocksPerSecond: 0 })).toContain('sync\t900 blocks behind\n')
    expect(await shown({ ...IDLE_SYNC, phase: 'presync', presyncPercent: 40 })).toContain('40 % of it seen')
  })

  it('answers people, programs and other programs', async () => {
    const node = await createApiNode()
    const [block] = await node.mineMany(2)
    expect((await cairn(['block', '1', ...DEV_API], { node })).out).toContain(`hash\t${block!.hash}`)
    expect((await cairn(['block', '1', ...DEV_API], { node, interactive: true })).out).toMatch(
      /^hash {2,}[0-9a-f]{64}$/m,
    )
    const json = JSON.parse((await cairn(['block', '1', '--json', ...DEV_API], { node })).out)
    expect(json).toMatchObject({ height: 1, confirmations: 2 })
    const txid = block!.transactions[0]!.txid
    expect((await cairn(['tx', txid, ...DEV_API], { node })).out).toContain('status\tconfirmed (2)')
    expect((await cairn(['status', ...DEV_API], { node })).out).toContain(`network\tdev (${DEV.id})`)
  })

  it('is quoted where it refuses', async () => {
    const node = await createApiNode()
    expect(await cairn(['block', '99', ...DEV_API], { node })).toEqual({
      code: 1,
      out: '',
      notes: 'cairn: this node knows no block 99',
    })
  })

  it('shows its peers, whatever they call themselves', async () => {
    const node = await createApiNode()
    const hello = { userAgent: 'evil\u001b[2J\tname', tip: DEV.genesis.hash, height: 7, work: 1n }
    node.peers.push(
      peerView({
        peer: 'P' as never,
        address: '/ip4/10.0.0.1/tcp/1',
        since: node.clock.now() - 5_000,
        latencyMs: 12.3,
        score: -20,
        blocks: 3,
        isAnchor: true,
        isProtected: true,
        hello,
      }),
    )
    expect((await cairn(['peers', ...DEV_API], { node })).out).toBe(
      ['P', 'in', '7', '5 s', '13 ms', '-20', '0', '3', '0', 'anchor,protected', 'evil?[2J?name']
        .concat('/ip4/10.0.0.1/tcp/1')
        .join('\t'),
    )
    const table = (await cairn(['peers', ...DEV_API], { node, interactive: true })).out.split('\n')
    expect(table).toHaveLength(2)
    expect(table[0]).toContain('PEER')
  })

  it('mines for an address, block by block, and switches mining on and off', async () => {
    const node = await createApiNode()
    const { out, code } = await cairn(['mine', '--blocks', '25', '--address', ALICE, ...DEV_API], { node })
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => Number(line.split('\t')[0]))).toEqual(
      Array.from({ length: 25 }, (_, i) => i + 1),
    )
    await cairn(['mine', '--start', '--address', ALICE, ...DEV_API], { node })
    expect(node.testMiner.status()).toMatchObject({ mining: true, address: ALICE })
    await cairn(['mine', '--stop', ...DEV_API], { node })
    expect(node.testMiner.status().mining).toBe(false)
  })

  it('is not taken for one where something else has the port', async () => {
    const other = { app: { inject: async () => ({ statusCode: 200, body: '<html>' }) } } as never
    expect(await cairn(['status', ...DEV_API], { node: other })).toMatchObject({
      code: 3,
      notes: expect.stringContaining('is not the API of a Cairn node'),
    })
  })
})
