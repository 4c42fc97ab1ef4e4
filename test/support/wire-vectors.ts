import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { WireFault } from '../../protocols/wire-fault.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import type { Result } from '../../src/base/result.ts'

interface Vector {
  readonly name: string
  readonly hex: string
}
interface ValueVector extends Vector {
  readonly value: Readonly<Record<string, unknown>>
}
interface MessageVectors {
  /** what an encoder writes, and a decoder reads */
  readonly encoded: readonly ValueVector[]
  /** what a decoder reads although no encoder of ours writes it */
  readonly accepted?: readonly ValueVector[]
  readonly refused: readonly (Vector & { readonly fault: string })[]
}

/** The vectors of a protocol's message, as they stand in its folder. */
export function readVectors(protocol: string, message: string): MessageVectors {
  const file = new URL(`../../protocols/${protocol}/vectors.json`, import.meta.url)
  const { messages } = JSON.parse(readFileSync(file, 'utf8')) as { messages: Record<string, MessageVectors> }
  const vectors = messages[message]
  if (vectors === undefined) throw new Error(`no vectors of ${message}`)
  return vectors
}

/** Holds a codec against its vectors. @param fromJson - the value that a vector's JSON stands for */
export function checkVectors<T>(
  { encoded, accepted = [], refused }: MessageVectors,
  fromJson: (value: Readonly<Record<string, unknown>>) => T,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => Result<T, WireFault>,
): void {
  for (const { name, hex, value } of encoded) expect(toHex(encode(fromJson(value))), name).toBe(hex)
  for (const { name, hex, value } of [...encoded, ...accepted])
    expect(decode(fromHex(hex)!), name).toEqual({ ok: true, value: fromJson(value) })
  for (const { name, hex, fault } of refused) {
    const decoded = decode(fromHex(hex)!)
    expect(decoded.ok ? 'accepted' : decoded.error.code, name).toBe(fault)
  }
}
