/** One thread of the signature checks: started by signatures.ts and ended by it. */
import { parentPort, workerData } from 'node:worker_threads'
import { invariant } from '../../base/errors.ts'
import { firstInvalidPacked } from '../../script/signature-batch.ts'
import { type BackendName, openBackend } from './signature-backend.ts'

invariant(parentPort !== null, 'the verify worker runs in a thread')
const port = parentPort
const { verify } = await openBackend(workerData as BackendName)

port.on('message', (batch: Uint8Array) => port.postMessage(firstInvalidPacked(batch, verify)))
