import { once } from 'node:events'
import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { checkNodeVersion } from '../../src/cli/doctor/node-version.ts'
import { writeNodeFile } from '../../src/platform/node/node-file.ts'
import { createApiNode, IDLE_SYNC } from '../support/api-node.ts'
import { type CliOptions, cairn } from '../support/cli.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { peerView } from '../support/peer-view.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { DEV } from '../support/test-chain.ts'

const API = 'http://127.0.0.1:29472'
const PEER_ID = '12D3KooWCKCeqLPSgMnDjyFsJuWqREDtKNHx1JEBiwaMXhCLNTRb'
/** Nothing that anyone else might have. */
const NO_PORTS = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0']

async function examine(dataDirectory: string, args: readonly string[] = [], options: CliOptions = {}) {
  const line = ['doctor', '--json', '--network', 'dev', '--data-dir', dataDirectory, ...NO_PORTS, ...args]
  // Nodes of whoever runs the tests are not asked.
  const machine = { homeDirectory: dataDirectory }
  const { code, out, notes } = await cairn(line, { machine, ...options })
  expect(notes).toBe('')
  const { well, findings }: { well: boolean; findings: Finding[] } = JSON.parse(out)
  // Every fault comes with what to do about it.
  for (const { status, advice } of findings) expect(advice === null).toBe(status === 'ok')
  expect(code).toBe(well ? 0 : 1)
  expect(well).toBe(findings.every(({ status }) => status !== 'problem'))
  return { well, of: (wanted: string) => findings.filter(({ check }) => check === wanted) }
}

/** A port of 127.0.0.1 that somebody listens on while the test runs. */
async function takenPort(): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

/** A data directory that says that a node runs there, whose API is asked without a socket. */
async function directoryOfRunning(): Promise<string> {
  const directory = await temporaryDirectory()
  await writeNodeFile(directory, { pid: process.pid, startedAt: 1, network: 'dev', api: API })
  return directory
}

describe('doctor without a node', () => {
  it('has no problem with a directory that the first start will make, and changes nothing', async () => {
    const parent = await temporaryDirectory()
    const { well, of } = await examine(join(parent, 'a', 'b'))
    expect(well).toBe(true)
    expect(of('data directory')).toMatchObject([
      { status: 'ok', found: expect.stringContaining('not exist yet') },
    ])
    expect(of('node')).toMatchObject([{ status: 'warning', advice: expect.stringContaining('cairn start') }])
    expect(of('bootstrap')).toMatchObject([{ status: 'warning' }])
  })

  it('says whose the directory is: a file, another network, a process that was killed', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'file'), '')
    expect((await examine(join(directory, 'file'))).of('data directory')).toMatchObject([
      { status: 'problem' },
    ])

    await writeFile(join(directory, 'network.json'), '"main"')
    await writeNodeFile(directory, { pid: 2 ** 30, startedAt: 1, network: 'main' })
    const { well, of } = await examine(directory)
    expect(well).toBe(false)
    expect(of('network')).toMatchObject([
      { status: 'problem', found: expect.stringContaining(`and dev (${DEV.id}) is wanted`) },
    ])
    expect(of('lock')).toMatchObject([{ status: 'warning', found: expect.stringContaining(`${2 ** 30}`) }])
  })

  it('names every secret file that others can read, and how to close it', async () => {
    const directory = await temporaryDirectory()
    await chmod(directory, 0o755)
    await mkdir(join(directory, 'wallets'))
    const files = ['identity.key', 'api.cookie', 'wallets/default.json'].map((name) => join(directory, name))
    for (const file of files) {
      await writeFile(file, '')
      await chmod(file, 0o644)
    }
    const open = await examine(directory)
    expect(open.of('data directory')).toMatchObject([
      { status: 'warning', advice: `run: chmod 700 ${directory}` },
    ])
    expect(open.of('secret files').map(({ status, advice }) => [status, advice])).toEqual(
      files.map((file) => ['problem', `run: chmod 600 ${file}`]),
    )
    for (const file of files) await chmod(file, 0o600)
    expect((await examine(directory)).of('secret files')).toMatchObject([
      { status: 'ok', found: expect.stringContaining('3 of them') },
    ])
    const missing = await examine(directory, ['--private-key-file', join(directory, 'swarm.key')])
    expect(missing.of('secret files')).toMatchObject([{ status: 'problem' }])
  })

  it('tells a port that is held by another program, and by a Cairn node, from one that is free', async () => {
    const [p2p, api] = [await takenPort(), await takenPort()]
    const args = ['--listen', `/ip4/127.0.0.1/tcp/${p2p}`, '--api-port', `${api}`]
    const directory = await temporaryDirectory()
    const stranger = await examine(directory, args)
    expect(stranger.of('ports')).toMatchObject([
      { status: 'problem', found: `port ${p2p} (peers, TCP) on 127.0.0.1 is held by another program` },
      { status: 'problem', advice: expect.stringContaining('--api-port') },
    ])
    const addresses = () => [`/ip4/127.0.0.1/tcp/${p2p}/p2p/${PEER_ID}`]
    const node = await createApiNode({ addresses })
    const known = await examine(directory, args, { node })
    expect(known.of('ports').map(({ found }) => found)).toEqual([
      expect.stringContaining(`held by a Cairn node of the network dev (http://127.0.0.1:${api})`),
      expect.stringContaining('held by a Cairn node'),
    ])
  })

  it('shows no token to whoever holds a port', async () => {
    const api = await takenPort()
    const headers: (string | null)[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      headers.push(new Request(input, init).headers.get('authorization'))
      return new Response('<html>')
    }
    await examine(await temporaryDirectory(), ['--api-port', `${api}`], {
      fetch,
      environment: { CAIRN_API_TOKEN: 'swordfish' },
    })
    expect(headers).toEqual([null])
  })

  it('tries the nodes to dial first over TCP', async () => {
    const directory = await temporaryDirectory()
    const node = (port: number) => ['--bootstrap', `/ip4/127.0.0.1/tcp/${port}/p2p/${PEER_ID}`]
    const port = await takenPort()
    expect((await examine(directory, node(port))).of('bootstrap')).toMatchObject([{ status: 'ok' }])
    // Port 1 is nobody's.
    const none = await examine(directory, node(1))
    expect(none.of('bootstrap')).toMatchObject([
      { status: 'problem', found: expect.stringContaining('ECONNREFUSED') },
    ])
    const some = await examine(directory, [...node(1), ...node(port)])
    expect(some.of('bootstrap')).toMatchObject([{ status: 'warning' }])
  })

  it('sees a clock that was set back', async () => {
    const directory = await temporaryDirectory()
    const clockOf = (ms: number) => ({ node: { app: undefined as never, clock: createFakeClock(ms) } })
    const before = await examine(directory, [], clockOf((DEV.genesisTime - 1) * 1000))
    expect(before.of('clock')).toMatchObject([{ status: 'problem', found: expect.stringContaining('began') }])
    const file = join(directory, 'mempool.dat')
    await writeFile(file, '')
    const now = 1_800_000_000
    await utimes(file, now, now)
    const back = await examine(directory, [], clockOf((now - 7_200) * 1000))
    expect(back.of('clock')).toMatchObject([
      { status: 'problem', found: expect.stringContaining('2 h later') },
    ])
    expect((await examine(directory, [], clockOf(now * 1000))).of('clock')).toMatchObject([{ status: 'ok' }])
  })

  it('wants the Node that everything was tested with', () => {
    expect(checkNodeVersion(process.versions.node).status).toBe('ok')
    expect(checkNodeVersion('22.1.0').status).toBe('problem')
    expect(checkNodeVersion('99.0.0').status).toBe('warning')
  })

  it('is a table for people', async () => {
    const line = ['doctor', '--network', 'dev', '--data-dir', await temporaryDirectory(), ...NO_PORTS]
    expect((await cairn(line, { interactive: true })).out).toMatch(/CHECK +RESULT +FOUND +WHAT TO DO/)
  })
})

describe('doctor beside a node', () => {
  it('finds it in step with its peers, on the ports that it has', async () => {
    const node = await createApiNode()
    node.peers.push(peerView({ peer: PEER_ID as never }))
    const { well, of } = await examine(await directoryOfRunning(), [], { node })
    expect(well).toBe(true)
    expect(of('node')).toMatchObject([{ status: 'ok', found: expect.stringContaining(API) }])
    expect(of('sync')).toMatchObject([{ status: 'ok' }])
    expect(of('ports')).toMatchObject([{ status: 'ok', found: expect.stringContaining('/tcp/29470') }])
    expect(of('peers')).toMatchObject([{ status: 'ok', found: expect.stringContaining('1 connected') }])
    expect(of('lock')).toMatchObject([{ status: 'ok', found: expect.stringContaining(`${process.pid}`) }])
  })

  it('says how far it is behind, and that it has no peers', async () => {
    const sync = { ...IDLE_SYNC, phase: 'blocks' as const, blocksLeft: 90, secondsLeft: 30 }
    const node = await createApiNode({ sync: () => sync })
    const { of } = await examine(await directoryOfRunning(), [], { node })
    expect(of('sync')).toMatchObject([
      { status: 'warning', found: expect.stringContaining('90 blocks behind, 30 s left') },
    ])
    expect(of('peers')).toMatchObject([{ status: 'warning' }])
  })

  it('sees a clock that is behind the tip', async () => {
    const node = await createApiNode()
    await node.mine({ header: { time: DEV.genesisTime + 7_200 } })
    const clock = createFakeClock((DEV.genesisTime + 3_600) * 1000)
    const { of } = await examine(await directoryOfRunning(), [], { node: { app: node.app, clock } })
    expect(of('clock')).toMatchObject([{ status: 'problem', found: expect.stringContaining('ahead') }])
  })

  it('says that it does not answer, or has no API', async () => {
    expect((await examine(await directoryOfRunning())).of('node')).toMatchObject([
      { status: 'problem', found: expect.stringContaining('nobody listens there') },
    ])
    const directory = await temporaryDirectory()
    await writeNodeFile(directory, { pid: process.pid, startedAt: 1, network: 'dev' })
    expect((await examine(directory)).of('node')).toMatchObject([
      { status: 'warning', found: expect.stringContaining('--no-api') },
    ])
  })
})
