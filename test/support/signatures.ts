import { createSignatures } from '../../src/platform/node/signatures.ts'

/** One verifier for all tests of a file. */
export const testSignatures = await createSignatures()
