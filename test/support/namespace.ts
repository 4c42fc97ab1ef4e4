import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** A namespace that lasts until the test ends. */
export interface Namespace {
  /** of the process that holds it */
  readonly pid: number
  /** the words in front of a command that is to run inside */
  readonly inside: readonly string[]
}

/**
 * Makes a namespace and prepares it.
 *
 * Rejects where the system does not allow it, as it does to root and, on most Linux systems, to everyone: a test that
 * needs a namespace fails then, and says why, rather than pass without having tested anything.
 * @param prepare - a shell command that runs inside, with `args` as `$0`, `$1`, …
 * @param needed - what it is for, in words
 */
export async function createNamespace(
  kind: 'net' | 'mount',
  needed: string,
  prepare: string,
  ...args: readonly string[]
): Promise<Namespace> {
  const isRoot = process.getuid?.() === 0
  const flags = isRoot ? [`--${kind}`] : ['--user', '--map-root-user', `--${kind}`]
  const script = `${prepare} && echo ready && exec sleep 600`
  const holder = spawn('unshare', [...flags, 'sh', '-c', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  let complaint = ''
  holder.stderr.on('data', (text) => {
    complaint += text
  })
  const ready = Promise.withResolvers<void>()
  holder.stdout.once('data', () => ready.resolve())
  const refuse = (why: string): void =>
    ready.reject(new Error(`this system does not allow the ${needed} that this test needs: ${why}`))
  holder.once('error', (error) => refuse(error.message))
  holder.once('close', (code) => refuse(`unshare ended with ${code} ${complaint}`))
  await ready.promise
  const enter = isRoot ? [`--${kind}`] : ['--user', '--preserve-credentials', `--${kind}`]
  return { pid: holder.pid!, inside: ['nsenter', '--target', String(holder.pid), ...enter, '--'] }
}
