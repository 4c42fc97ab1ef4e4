import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { type SenderReport, SYNC_NODE, type SyncJob } from './sync-job.ts'

type Ended = SenderReport & { event: 'ended' }

/** A process that serves a chain. */
export interface Sender {
  readonly address: string
  /** Ends it; what it measured. */
  end(): Promise<Ended>
}

/** Starts a sender; it ends with this process, however that ends. */
export async function startSender(job: SyncJob): Promise<Sender> {
  const args = [...process.execArgv, ...nodeFlags(), fileURLToPath(SYNC_NODE), JSON.stringify(job)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const started = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<Ended>()
  exit.then(([code, signal]) => {
    const error = new Error(`a sender ended with ${code ?? signal}`)
    started.reject(error)
    ended.reject(error)
  })
  ended.promise.catch(() => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as SenderReport
    if (report.event === 'started') started.resolve(report.address)
    else ended.resolve(report)
  })
  return {
    address: await started.promise,
    async end() {
      child.stdin.end()
      const report = await ended.promise
      await exit
      return report
    },
  }
}
