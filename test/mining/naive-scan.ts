import { createHash } from 'node:crypto'
import type { NonceRange } from '../../src/mining/kernel.ts'

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The header's double SHA-256 with that nonce as a number, by OpenSSL. */
export function hashWithNonce(header: Uint8Array, nonce: number): bigint {
  const bytes = header.slice()
  new DataView(bytes.buffer).setUint32(76, nonce, true)
  return BigInt(`0x${sha256(sha256(bytes)).reverse().toString('hex')}`)
}

/** What the kernel has to find, one nonce after another. */
export function naiveScan({ header, target, start, count }: NonceRange): number | undefined {
  for (let nonce = start; nonce < start + count; nonce++)
    if (hashWithNonce(header, nonce) <= target) return nonce
  return undefined
}
