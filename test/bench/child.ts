import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** As `enableCompileCache` does it for `cairn`: modules are read as they were compiled last time. */
const environment = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') }

/**
 * Runs a script in a process of its own, with this one's flags of Node.
 * @param job - what the script gets as JSON in its first argument
 * @returns what it writes to standard output, as JSON
 */
export async function runInChild<Outcome>(
  script: URL,
  job: unknown,
  flags: readonly string[] = [],
): Promise<Outcome> {
  const args = [...process.execArgv, ...flags, fileURLToPath(script), JSON.stringify(job)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`${fileURLToPath(script)} ended with ${code ?? signal}`)
  return JSON.parse(output) as Outcome
}

/** The other end: the job of this process. */
export const childJob = <Job>(): Job => JSON.parse(process.argv[2]!) as Job

export const reportOutcome = (outcome: unknown): void => void process.stdout.write(JSON.stringify(outcome))
