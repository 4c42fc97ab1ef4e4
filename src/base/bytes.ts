import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

/** Lower-case hex of the bytes. */
export const toHex: (bytes: Uint8Array) => string = bytesToHex

const HEX = /^(?:[0-9a-fA-F]{2})*$/

/** The bytes of a hex string, or undefined where it is not one. */
export function fromHex(hex: string): Uint8Array | undefined {
  return HEX.test(hex) ? hexToBytes(hex) : undefined
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
