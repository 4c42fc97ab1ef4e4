import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { runNode } from '../../src/cli/run-node.ts'
import type { RunnableNode } from '../../src/embed/running-node.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { loadConfig } from '../../src/node/config-load.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { openDataDirectory } from '../../src/platform/node/data-directory.ts'
import { readNodeFile } from '../../src/platform/node/node-file.ts'
import { type Logger, SILENT_LOGGER } from '../../src/ports/logger.ts'
import { createApiNode } from '../support/api-node.ts'
import { fakeMachine } from '../support/fake-machine.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Line {
  readonly phrase: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

async function setUp({ api = true }: { api?: boolean } = {}) {
  const dataDir = await temporaryDirectory()
  const config = await loadConfig(
    { network: 'dev', dataDir, 'api.port': '0', 'api.enabled': api },
    undefined,
    fakeMachine(),
  )
  const { services } = await createApiNode()
  const steps: string[] = []
  const lines: Line[] = []
  const logger: Logger = { ...SILENT_LOGGER, info: (phrase, fields) => void lines.push({ phrase, fields }) }
  const node: RunnableNode = {
    services,
    start: async () => void steps.push('start'),
    stop: async () => void steps.push('stop'),
  }
  const stop = new AbortController()
  const run = (over: Partial<RunnableNode> = {}, changed: Partial<NodeConfig> = {}) =>
    runNode(
      { ...config, ...changed },
      { createNode: () => ({ ...node, ...over }), clock: systemClock, logger },
      stop.signal,
    )
  const started = () => vi.waitFor(() => expect(lines.map(({ phrase }) => phrase)).toContain('node started'))
  return { dataDir, config, services, steps, lines, run, stop, started }
}

describe('a node that runs', () => {
  it('says so in one line of the log, in node.json, and on its API', async () => {
    const { dataDir, run, stop, started, lines, services, config, steps } = await setUp()
    const running = run()
    await started()
    const file = await readNodeFile(dataDir)
    expect(lines).toEqual([
      {
        phrase: 'node started',
        fields: {
          peerId: services.peerId,
          network: 'dev',
          genesis: config.network.genesis.hash,
          height: 0,
          tip: config.network.genesis.hash,
          addresses: services.addresses(),
          api: file?.api,
        },
      },
    ])
    expect(file).toMatchObject({ pid: process.pid, peerId: services.peerId, network: 'dev' })
    expect((await fetch(`${file?.api}/v1/status`)).status).toBe(200)

    stop.abort()
    await running
    expect(steps).toEqual(['start', 'stop'])
    expect(await readdir(dataDir)).toEqual(['lock', 'network.json'])
    await expect(fetch(`${file?.api}/v1/status`)).rejects.toThrow()
  })

  it('offers no API where that is off', async () => {
    const { dataDir, run, stop, started } = await setUp({ api: false })
    const running = run()
    await started()
    expect((await readNodeFile(dataDir))?.api).toBeUndefined()
    stop.abort()
    await running
  })

  it('leaves the data directory to others once it has stopped', async () => {
    const { dataDir, run, stop, started } = await setUp()
    const running = run()
    await started()
    const options = { path: dataDir, network: 'dev', startedAt: 0 }
    await expect(openDataDirectory(options)).rejects.toMatchObject({ code: 'data-directory-in-use' })
    stop.abort()
    await running
    await (await openDataDirectory(options)).release()
  })
})

describe('a node that cannot start', () => {
  it('leaves nothing running and nothing locked', async () => {
    const { dataDir, run, steps } = await setUp()
    const failure = new Error('no start')
    await expect(run({ start: () => Promise.reject(failure) })).rejects.toBe(failure)
    expect(steps).toEqual([])
    expect(await readdir(dataDir)).toEqual(['lock'])
  })

  it('is stopped again where only its API cannot start', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    onTestFinished(() => void blocker.close())
    const { port } = blocker.address() as AddressInfo
    const { run, steps } = await setUp()
    await expect(run({}, { api: { port, origins: [], rateLimit: 100 } })).rejects.toMatchObject({
      code: 'api-port-in-use',
    })
    expect(steps).toEqual(['start', 'stop'])
  })

  it('is not made where another process has the data directory', async () => {
    const { dataDir, run, steps } = await setUp()
    const other = await openDataDirectory({ path: dataDir, network: 'dev', startedAt: 0 })
    onTestFinished(() => other.release())
    await expect(run()).rejects.toMatchObject({ code: 'data-directory-in-use' })
    expect(steps).toEqual([])
  })

  it('was stopped while it started', async () => {
    const { run, stop } = await setUp()
    const reason = new Error('stop')
    const running = run({
      start: (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    stop.abort(reason)
    await expect(running).rejects.toBe(reason)
  })
})
