import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Signatures } from '../../ports/signatures.ts'
import { createSignaturePool, type VerifyThread, type VerifyThreadEvents } from '../signature-pool.ts'
import { type BackendName, openBackend } from './signature-backend.ts'
import { threadEnvironment } from './thread-environment.ts'

/** All that a thread allocates is a message now and then: left alone its heap grows by tens of megabytes first. */
const YOUNG_GENERATION_MB = 4

const WORKER = new URL('./verify-worker.ts', import.meta.url)

/**
 * Verifications in two to four milliseconds of a thread, and those that the main thread does itself: a quarter of a
 * millisecond at most. Another thread answers no sooner and takes 50 to 100 ms to start.
 */
const PACE: Readonly<Record<BackendName, { readonly perBatch: number; readonly atOnce: number }>> = {
  native: { perBatch: 64, atOnce: 4 },
  wasm: { perBatch: 8, atOnce: 1 },
  noble: { perBatch: 2, atOnce: 0 },
}

export interface SignaturesOptions {
  /** at least 1; one for each processor unless told */
  readonly threads?: number
  /** the fastest that loads unless told */
  readonly backend?: BackendName
}

/** ECDSA on worker threads, which start when they are first needed unless `start` is called before. */
export interface NodeSignatures extends Signatures {
  /** resolves when all threads are ready: 50 ms of a processor for each, and 17 MB */
  start(): Promise<void>
}

/**
 * ECDSA on worker threads, by the same backend on all of them and here; no thread is started yet. Rejects with
 * `signature-backend-unavailable` where the backend does not load.
 */
export async function createSignatures({
  threads = availableParallelism(),
  backend,
}: SignaturesOptions = {}): Promise<NodeSignatures> {
  const { name, verify } = await openBackend(backend)
  const { perBatch, atOnce } = PACE[name]
  const pool = createSignaturePool(
    { threads, verificationsPerBatch: perBatch, verificationsAtOnce: atOnce, verify },
    (events) => startThread(name, events),
  )
  return { ...pool, backend: name }
}

function startThread(backend: BackendName, { done, failed }: VerifyThreadEvents): VerifyThread {
  const worker = new Worker(WORKER, {
    name: 'cairn-verifier',
    workerData: backend,
    env: threadEnvironment(),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  worker.unref()
  worker.on('message', done)
  worker.on('messageerror', failed)
  worker.on('error', failed)
  worker.on('exit', (code) => failed(new Error(`exit code ${code}`)))
  return {
    post: (batch) => worker.postMessage(batch, [batch.buffer]),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  }
}
