import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type ApiClient, createApiClient } from '../../src/cli/api-client.ts'
import { readApiCookie } from '../../src/platform/node/api-cookie.ts'
import { nodeFlags } from '../node-flags.ts'
import { ClusterFailure } from './failure.ts'

export interface NodeProcessOptions {
  /** in reports */
  readonly name: string
  readonly dataDirectory: string
  /** all that it logs is added here */
  readonly logFile: string
  /** multiaddrs */
  readonly bootstrap: readonly string[]
}

/** A running `cairn start`. */
export interface NodeProcess {
  readonly name: string
  readonly peerId: string
  /** dialable multiaddrs */
  readonly addresses: readonly string[]
  readonly client: ApiClient
  /** the last lines of its log */
  lastLines(): readonly string[]
  /** SIGKILL. Resolves once it is gone. */
  kill(): Promise<void>
}

/** Starts nodes and knows all that run. */
export interface NodeLauncher {
  /** Resolves once the node has logged `node started`. @throws ClusterFailure with its last log lines */
  start(options: NodeProcessOptions, signal: AbortSignal): Promise<NodeProcess>
  /** SIGTERM to all, and SIGKILL to those that it does not end in time. */
  stopAll(): Promise<void>
  /** For the last moment of this process: synchronous. */
  killAll(): void
}

const PROGRAM = fileURLToPath(new URL('../../src/cli/cairn.ts', import.meta.url))
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 10_000
const KEPT_LINES = 15

/** The nodes' settings are this script's alone. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('CAIRN_')),
)

interface Started {
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly api: string
}

/** @param fetch - what the nodes' API clients ask with */
export function createNodeLauncher(fetch: typeof globalThis.fetch): NodeLauncher {
  const children = new Set<ChildProcess>()

  function launch({ dataDirectory, bootstrap }: NodeProcessOptions) {
    const network = ['--network', 'dev', '--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0', '--no-mdns']
    const log = ['--log-format', 'json', '--log-level', 'info']
    const peers = bootstrap.flatMap((address) => ['--bootstrap', address])
    const child = spawn(
      process.execPath,
      [...nodeFlags(), PROGRAM, 'start', '--data-dir', dataDirectory, ...network, ...log, ...peers],
      // A group of its own: Ctrl-C reaches this script only, which then stops the nodes in order.
      { stdio: ['ignore', 'pipe', 'pipe'], env: environment, detached: true },
    )
    children.add(child)
    return child
  }

  async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!children.has(child)) return
    const gone = new Promise<void>((resolve) => void child.once('close', () => resolve()))
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await gone
    clearTimeout(timer)
  }

  async function start(options: NodeProcessOptions, signal: AbortSignal): Promise<NodeProcess> {
    signal.throwIfAborted()
    const { name } = options
    const child = launch(options)
    const lines: string[] = []
    const started = Promise.withResolvers<Started>()
    const file = createWriteStream(options.logFile, { flags: 'a' })
    // The log is for people: where it cannot be written, the run is none the worse.
    file.on('error', () => {})
    let expected = false
    let ending: string | undefined

    const witness = { name, lastLines: () => lines }
    const silence = (message: string) =>
      new ClusterFailure(
        ending === undefined ? `${name}: ${message}` : `${name} ended by itself (${ending})`,
        [witness],
      )
    const fail = (message: string) => started.reject(new ClusterFailure(message, [witness]))
    const onLine = (line: string) => {
      file.write(`${line}\n`)
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      const report = startedReport(line)
      if (report !== undefined) started.resolve(report)
    }
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine)
    child.once('error', (error) => {
      children.delete(child)
      fail(`${name} could not be started: ${error.message}`)
    })
    child.once('close', (code, signalName) => {
      children.delete(child)
      file.end()
      const how = signalName ?? `exit code ${code}`
      if (!expected) ending = how
      fail(`${name} ended before it had started (${how})`)
    })
    const timer = setTimeout(
      () => fail(`waited ${START_LIMIT_MS / 1000} s for ${name} to log "node started"`),
      START_LIMIT_MS,
    )
    const onAbort = () => started.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const { peerId, addresses, api } = await started.promise.finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
    return {
      name,
      peerId,
      addresses,
      client: createApiClient(api, fetch, {
        token: await readApiCookie(options.dataDirectory),
        explain: async (error) => silence(error.message),
      }),
      lastLines: () => lines,
      kill() {
        expected = true
        return end(child, 'SIGKILL')
      },
    }
  }

  return {
    start,
    async stopAll() {
      await Promise.all([...children].map((child) => end(child, 'SIGTERM')))
    },
    killAll() {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

function startedReport(line: string): Started | undefined {
  if (!line.includes('"node started"')) return undefined
  try {
    const entry = JSON.parse(line) as Started & { readonly msg: string }
    return entry.msg === 'node started' ? entry : undefined
  } catch {
    return undefined
  }
}
