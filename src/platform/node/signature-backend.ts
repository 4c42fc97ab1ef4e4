import { CairnError, errorMessage } from '../../base/errors.ts'
import type { VerifySignature } from '../../script/signature-check.ts'

/** In the order of preference, which is that of speed. */
const BACKENDS = ['native', 'wasm', 'noble'] as const

export type BackendName = (typeof BACKENDS)[number]

/** An implementation of ECDSA. All of them give the same answers. */
export interface SignatureBackend {
  readonly name: BackendName
  readonly verify: VerifySignature
}

const load = (name: BackendName): Promise<{ readonly verifySignature: VerifySignature }> => {
  if (name === 'native') return import('./signature-native.ts')
  if (name === 'wasm') return import('../signature-wasm.ts')
  return import('../signature-noble.ts')
}

/**
 * Opens the fastest backend that loads here, or only the one asked for.
 * Rejects with `signature-backend-unavailable` where that is none.
 */
export async function openBackend(wanted?: BackendName): Promise<SignatureBackend> {
  let failure: unknown
  for (const name of wanted === undefined ? BACKENDS : [wanted]) {
    try {
      const { verifySignature } = await load(name)
      return { name, verify: total(verifySignature) }
    } catch (cause) {
      failure = cause
    }
  }
  const message = `signatures cannot be verified here: ${errorMessage(failure)}`
  throw new CairnError('signature-backend-unavailable', message, { backend: wanted }, failure)
}

/** False instead of an exception for what is no compressed key, no digest or no signature. */
const total =
  (verify: VerifySignature): VerifySignature =>
  (publicKey, digest, signature) => {
    // The libraries take uncompressed and hybrid keys, too.
    if (publicKey[0] !== 2 && publicKey[0] !== 3) return false
    try {
      return verify(publicKey, digest, signature)
    } catch (error) {
      // Not a verdict: WebAssembly that has trapped is broken.
      if (error instanceof WebAssembly.RuntimeError) throw error
      return false
    }
  }
