import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type ApiClient, createApiClient } from '../../src/cli/api-client.ts'
import { readApiCookie } from '../../src/platform/node/api-cookie.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const CAIRN = fileURLToPath(new URL('../../src/cli/cairn.ts', import.meta.url))

/** Beyond this a process hangs: milliseconds. */
const PATIENCE_MS = 30_000

export interface ProcessOptions {
  /** what stands on standard input, which then ends; nothing unless told */
  readonly stdin?: string
  /** beside our own environment without its `CAIRN_` variables */
  readonly env?: Readonly<Record<string, string>>
  /** what stands in front of the command, such as the way into a namespace; it has to become the command */
  readonly inside?: readonly string[]
}

export interface Ended {
  /** the exit code, or 128 + 9 after SIGKILL as shells count */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A `cairn` process that runs. */
export interface CairnProcess {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** each line of standard output and error from now on; those that came before are told at once */
  onLine(listener: (line: string) => void): void
  kill(signal: NodeJS.Signals): void
}

/** Starts `cairn` with these arguments in a process of its own, which is killed when the test ends. */
export function spawnCairn(
  args: readonly string[],
  { stdin = '', env = {}, inside = [] }: ProcessOptions = {},
): CairnProcess {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('CAIRN_'))
  const [command, ...words] = [...inside, process.execPath, CAIRN, ...args]
  const child = spawn(command!, words, {
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = Promise.withResolvers<Ended>()
  // Who never asks is not to be failed by it.
  ended.promise.catch(() => {})
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended.promise.catch(() => {})
  })
  // A process that ends without having read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)

  const output = { stdout: '', stderr: '' }
  const lines: string[] = []
  const listeners: ((line: string) => void)[] = []
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
    createInterface({ input: child[name] }).on('line', (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  child.once('error', ended.reject)
  child.once('close', (code) => ended.resolve({ code: code ?? 137, ...output }))
  return {
    pid: child.pid!,
    ended: ended.promise,
    onLine(listener) {
      for (const line of lines) listener(line)
      listeners.push(listener)
    },
    kill: (signal) => void child.kill(signal),
  }
}

/** Rejects where the process does not end in time. */
async function within<T>(what: string, promise: Promise<T>, limitMs = PATIENCE_MS): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`${what} took more than ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs one command line to its end, as a person or a script would. */
export const runCairn = (args: readonly string[], options?: ProcessOptions): Promise<Ended> =>
  within(`cairn ${args.join(' ')}`, spawnCairn(args, options).ended)

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** The fields of `node started`. */
export interface NodeStarted extends LogLine {
  readonly peerId: string
  readonly network: string
  readonly genesis: string
  readonly height: number
  readonly tip: string
  readonly addresses: readonly string[]
  readonly api: string
}

export interface NodeProcessOptions extends ProcessOptions {
  /** a new one unless told */
  readonly dataDirectory?: string
  /** `dev` unless told */
  readonly network?: string
  readonly bootstrap?: readonly string[]
  /** further arguments of `cairn start` */
  readonly args?: readonly string[]
}

/** A node that has started. */
export interface NodeProcess {
  readonly pid: number
  readonly dataDirectory: string
  readonly started: NodeStarted
  readonly client: ApiClient
  /** grows while it runs */
  readonly log: readonly LogLine[]
  /** sends a signal and waits for the end; resolves with the exit code and how long that took */
  stop(signal?: NodeJS.Signals): Promise<Ended & { readonly tookMs: number }>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  /** runs another command about this node */
  cairn(args: readonly string[], options?: ProcessOptions): Promise<Ended>
}

/** What a node on loopback is started with. */
export const nodeArguments = (
  dataDirectory: string,
  { network = 'dev', bootstrap = [], args = [] }: NodeProcessOptions = {},
): string[] => [
  ...['start', '--network', network, '--data-dir', dataDirectory, '--no-mdns', '--log-format', 'json'],
  ...['--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0'],
  ...bootstrap.flatMap((address) => ['--bootstrap', address]),
  ...args,
]

/** Starts a node in a process of its own and waits until it says that it has started. */
export async function startNode(options: NodeProcessOptions = {}): Promise<NodeProcess> {
  const dataDirectory = options.dataDirectory ?? join(await temporaryDirectory(), 'data')
  const child = spawnCairn(nodeArguments(dataDirectory, options), options)
  const log: LogLine[] = []
  const ready = Promise.withResolvers<NodeStarted>()
  child.onLine((text) => {
    const line = parseLine(text)
    if (line === undefined) return
    log.push(line)
    if (line.msg === 'node started') ready.resolve(line as NodeStarted)
  })
  child.ended.then(
    ({ code, stderr }) => ready.reject(new Error(`the node ended with ${code} before it started: ${stderr}`)),
    ready.reject,
  )
  const started = await within('the start of a node', ready.promise)
  // In a namespace of mounts the same path may be another folder.
  const root = options.inside === undefined ? '' : `/proc/${child.pid}/root`
  return {
    pid: child.pid,
    dataDirectory,
    started,
    client: createApiClient(started.api, fetch, { token: await readApiCookie(`${root}${dataDirectory}`) }),
    log,
    ended: child.ended,
    kill: child.kill,
    async stop(signal = 'SIGTERM') {
      const from = performance.now()
      child.kill(signal)
      const ended = await within(`the end of a node by ${signal}`, child.ended)
      return { ...ended, tookMs: performance.now() - from }
    },
    cairn: (args, processOptions) =>
      runCairn([...args, '--network', options.network ?? 'dev', '--data-dir', dataDirectory], processOptions),
  }
}

function parseLine(text: string): LogLine | undefined {
  try {
    const line = JSON.parse(text)
    return typeof line?.msg === 'string' ? line : undefined
  } catch {
    return undefined
  }
}
