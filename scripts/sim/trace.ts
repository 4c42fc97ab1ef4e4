/** What is written down of a run: two runs that agree in their hash went the same way. */
export interface Trace {
  /** @param digest - 32 bits that tell what was involved */
  note(kind: TraceKind, node: number, digest: number): void
  /** of everything so far, 16 hex digits */
  hash(): string
}

export const TRACE = {
  delivered: 1,
  verdict: 2,
  lost: 3,
  connected: 4,
  disconnected: 5,
  frame: 6,
  tip: 7,
  transaction: 8,
  ban: 9,
  crashed: 10,
  started: 11,
  paid: 12,
} as const

export type TraceKind = (typeof TRACE)[keyof typeof TRACE]

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

/** MurmurHash3's mixing, in two lanes. */
function mix(hash: number, value: number, first: number, second: number): number {
  const scrambled = Math.imul(rotate(Math.imul(value, first), 15), second)
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0x52dce729) | 0
}

/** @param now - virtual milliseconds */
export function createTrace(now: () => number): Trace {
  let left = 0x2f0b4c47
  let right = 0x13a1c5d9
  const add = (value: number): void => {
    left = mix(left, value, 0x239b961b, 0x38b34ae5)
    right = mix(right, value, 0x5f12e5a9, 0x7b7d159c)
  }
  return {
    note(kind, node, digest) {
      const micros = Math.round(now() * 1000)
      add(micros | 0)
      add((micros / 2 ** 32) | 0)
      add((kind << 20) ^ node)
      add(digest)
    },
    hash: () => [left, right].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join(''),
  }
}

/** The first 32 bits of an id. */
export const digestOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) | 0

/** 32 bits of bytes: FNV-1a. */
export function digestOfBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash
}
