/** A process that verifies on threads, closes nothing, and has nothing else to do. */
import { createSignatures } from '../../src/platform/node/signatures.ts'
import { goodChecks } from './signature-checks.ts'

const signatures = await createSignatures({ threads: 2 })
for (const round of ['first', 'second']) {
  const invalid = await signatures.firstInvalid(goodChecks(200))
  console.log(`${round}: ${invalid === undefined ? 'all hold' : `${invalid} does not hold`}`)
}
