/** One thread of the nonce search: started by nonce-search.ts and ended by it. */
import { parentPort, workerData } from 'node:worker_threads'
import { invariant } from '../../base/errors.ts'
import { createNonceKernel } from '../../mining/kernel.ts'
import {
  CONTROL_NEXT_CLAIM,
  CONTROL_STOP,
  type HashJob,
  type HashReport,
  type HashWorkerData,
  NONCES_PER_CLAIM,
} from './hash-job.ts'

invariant(parentPort !== null, 'the hash worker runs in a thread')
const port = parentPort
const { hashes } = workerData as HashWorkerData
const kernel = createNonceKernel()

function run({ header, target, claims, control }: HashJob): number | undefined {
  while (Atomics.load(control, CONTROL_STOP) === 0) {
    const claim = Atomics.add(control, CONTROL_NEXT_CLAIM, 1)
    if (claim >= claims) return undefined
    const start = claim * NONCES_PER_CLAIM
    const nonce = kernel.scan({ header, target, start, count: NONCES_PER_CLAIM })
    Atomics.add(hashes, 0, BigInt(nonce === undefined ? NONCES_PER_CLAIM : nonce - start + 1))
    if (nonce === undefined) continue
    Atomics.store(control, CONTROL_STOP, 1)
    return nonce
  }
  return undefined
}

port.on('message', (job: HashJob) => {
  const report: HashReport = { id: job.id, nonce: run(job) }
  port.postMessage(report)
})
