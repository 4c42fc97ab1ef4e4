import { Worker } from 'node:worker_threads'
import { CairnError, errorMessage } from '../../base/errors.ts'
import { createSerialQueue } from '../../base/serial-queue.ts'
import { NONCE_SPACE } from '../../mining/kernel.ts'
import type { NonceJob, NonceSearch } from '../../ports/miner.ts'
import {
  CONTROL_STOP,
  CONTROL_WORDS,
  type HashJob,
  type HashReport,
  type HashWorkerData,
  NONCES_PER_CLAIM,
} from './hash-job.ts'
import { threadEnvironment } from './thread-environment.ts'

const WORKER = new URL('./hash-worker.ts', import.meta.url)

export interface NonceSearchOptions {
  /** at least 1 */
  readonly threads: number
  /** how many nonces of a header are tried, a multiple of 65,536; all of them unless a test has less time */
  readonly nonces?: number
}

/** A search that the threads are busy with. */
interface Search {
  readonly id: number
  /** threads that have not reported yet */
  unfinished: number
  found(nonce: number | undefined): void
  failed(error: Error): void
}

/**
 * The nonce search on worker threads, which are started by the first search and kept until `close`. They share out
 * the nonces among themselves and see an abort within some ten milliseconds. They keep the process alive only while
 * they search.
 *
 * Rejects with `mining-worker-failed` where a thread breaks down (the next search starts new ones) and with
 * `nonce-search-closed` once it is closed.
 */
export function createNonceSearch({ threads, nonces = NONCE_SPACE }: NonceSearchOptions): NonceSearch {
  const queue = createSerialQueue()
  const hashes = new BigInt64Array(new SharedArrayBuffer(8))
  const open = new Set<(error: Error) => void>()
  let workers: Worker[] = []
  let active: Search | undefined
  let searches = 0
  let closed = false

  const closedError = (): CairnError => new CairnError('nonce-search-closed', 'the nonce search is closed')

  function dismiss(): Promise<unknown> {
    const dismissed = workers
    workers = []
    return Promise.all(dismissed.map((worker) => worker.terminate()))
  }

  /** Gives the whole pool up: its other threads may be in the middle of what the lost one has left. */
  function lose(worker: Worker, cause: unknown): void {
    if (!workers.includes(worker)) return
    void dismiss()
    const message = `a mining thread failed: ${errorMessage(cause)}`
    active?.failed(new CairnError('mining-worker-failed', message, {}, cause))
  }

  function report({ id, nonce }: HashReport): void {
    if (active?.id !== id) return
    active.unfinished -= 1
    if (nonce !== undefined || active.unfinished === 0) active.found(nonce)
  }

  function hire(): Worker {
    const workerData: HashWorkerData = { hashes }
    const worker = new Worker(WORKER, { name: 'cairn-miner', workerData, env: threadEnvironment() })
    worker.on('message', report)
    worker.on('messageerror', (error) => lose(worker, error))
    worker.on('error', (error) => lose(worker, error))
    worker.on('exit', (code) => lose(worker, new Error(`exit code ${code}`)))
    return worker
  }

  /** Lets the threads search; resolves when `over` does, which is when somebody has settled the search. */
  async function occupy(search: Search, job: HashJob, over: Promise<unknown>): Promise<void> {
    active = search
    try {
      while (workers.length < threads) workers.push(hire())
      for (const worker of workers) {
        worker.ref()
        worker.postMessage(job)
      }
    } catch (cause) {
      void dismiss()
      search.failed(new CairnError('mining-worker-failed', errorMessage(cause), {}, cause))
    }
    await over
    active = undefined
    Atomics.store(job.control, CONTROL_STOP, 1)
    for (const worker of workers) worker.unref()
  }

  function search({ header, target }: NonceJob, signal: AbortSignal): Promise<number | undefined> {
    if (closed) return Promise.reject(closedError())
    if (signal.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    open.add(reject)
    let settled = false
    const settle = (): void => {
      settled = true
      open.delete(reject)
      signal.removeEventListener('abort', onAbort)
    }
    const over = promise.then(settle, settle)

    const id = searches++
    const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS))
    const job: HashJob = { id, header, target, control, claims: nonces / NONCES_PER_CLAIM }
    const ours: Search = { id, unfinished: threads, found: resolve, failed: reject }
    void queue.run(async () => {
      if (!settled) await occupy(ours, job, over)
    })
    return promise
  }

  return {
    threads,
    search,
    hashes: () => Number(Atomics.load(hashes, 0)),
    async close() {
      closed = true
      for (const reject of open) reject(closedError())
      await queue.idle()
      await dismiss()
    },
  }
}
