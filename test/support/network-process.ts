import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { HostOptions } from '../../src/network/host-options.ts'
import { createNamespace } from './namespace.ts'

/** What a host in a process of its own is told on its command line. */
export interface HostProcessOptions extends Partial<HostOptions> {
  /** of its key and its peer database */
  readonly folder: string
  readonly mdns?: boolean
}

/** What it says, one line of JSON each; times are Unix milliseconds. */
export type HostProcessReport =
  | { readonly event: 'started'; readonly at: number; readonly peer: string; readonly addresses: string[] }
  | { readonly event: 'peers'; readonly at: number; readonly peers: string[] }

export interface HostProcess {
  readonly peer: string
  readonly addresses: readonly string[]
  /** when it listened, Unix milliseconds */
  readonly startedAt: number
  /** whom it is connected to, and since when that has been so (Unix milliseconds) */
  peers(): { readonly at: number; readonly peers: readonly string[] }
  kill(signal: NodeJS.Signals): void
}

const SCRIPT = fileURLToPath(new URL('network-process-main.ts', import.meta.url))

/**
 * Starts a host in a process of its own, which is killed when the test ends.
 *
 * @param inside - what runs a command inside a namespace, from `createNetworkNamespace`
 */
export async function startHostProcess(
  options: HostProcessOptions,
  inside: readonly string[] = [],
): Promise<HostProcess> {
  const [command, ...args] = [...inside, process.execPath, SCRIPT, JSON.stringify(options)]
  // Standard input is what ties it to us: it ends itself when that does, however we end.
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const started = Promise.withResolvers<HostProcessReport & { event: 'started' }>()
  child.once('error', started.reject)
  child.once('exit', (code, signal) =>
    started.reject(new Error(`the host process ended before it started: ${code ?? signal}`)),
  )
  let last: { at: number; peers: readonly string[] } = { at: 0, peers: [] }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as HostProcessReport
    if (report.event === 'started') started.resolve(report)
    else last = report
  })
  const { peer, addresses, at } = await started.promise
  return { peer, addresses, startedAt: at, peers: () => last, kill: (signal) => void child.kill(signal) }
}

/** Makes a network namespace in which only loopback is up: what is multicast in it stays in it. */
export const createNetworkNamespace = async (): Promise<readonly string[]> =>
  (await createNamespace('net', 'network namespace', 'ip link set lo up')).inside
