import { setImmediate as turn } from 'node:timers/promises'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Signatures } from '../../ports/signatures.ts'
import { checkHolds, type VerifySignature } from '../../script/signature-check.ts'

interface Backend {
  readonly name: string
  readonly verify: VerifySignature
  /** checks between two turns of the event loop: a few milliseconds' worth */
  readonly slice: number
}

const nobleBackend: Backend = {
  name: 'noble',
  slice: 4,
  verify(publicKey, digest, signature) {
    try {
      return secp256k1.verify(signature, digest, publicKey, { prehash: false })
    } catch {
      // A key that is not on the curve, or r or s out of range.
      return false
    }
  },
}

/** The native library; undefined where its binary does not load. */
async function nativeBackend(): Promise<Backend | undefined> {
  try {
    const { default: native } = await import('secp256k1/bindings.js')
    return {
      name: 'native',
      slice: 64,
      verify(publicKey, digest, signature) {
        try {
          return native.ecdsaVerify(signature, digest, publicKey)
        } catch {
          return false
        }
      },
    }
  } catch {
    return undefined
  }
}

/** ECDSA in this process: native where it loads, noble elsewhere; `backend` says which. */
export async function createSignatures(preferred: 'native' | 'noble' = 'native'): Promise<Signatures> {
  const native = preferred === 'native' ? await nativeBackend() : undefined
  const { name, verify, slice } = native ?? nobleBackend
  return {
    backend: name,
    async firstInvalid(checks, signal) {
      for (let start = 0; start < checks.length; start += slice) {
        if (start > 0) await turn()
        signal?.throwIfAborted()
        const end = Math.min(start + slice, checks.length)
        for (let i = start; i < end; i++) if (!checkHolds(checks[i]!, verify)) return i
      }
      return undefined
    },
    async close() {},
  }
}
