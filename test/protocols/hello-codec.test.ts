import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHello, encodeHello, type Hello } from '../../protocols/hello/codec.ts'
import { MAX_HELLO_BYTES } from '../../protocols/hello/protocol.ts'
import { blockHash, damaged, uint32 } from '../support/arbitrary.ts'
import { checkVectors, readVectors } from '../support/wire-vectors.ts'

const hello: fc.Arbitrary<Hello> = fc.record({
  version: uint32,
  genesis: blockHash,
  tip: blockHash,
  height: uint32,
  work: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  services: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  userAgent: fc.string({ unit: 'grapheme-ascii', maxLength: 256 }),
})

describe('hello codec', () => {
  it('agrees with the vectors', () => {
    const fromJson = (value: object): Hello => {
      const { work, services, ...rest } = value as Hello & { work: string; services: string }
      return { ...rest, work: BigInt(work), services: BigInt(services) }
    }
    checkVectors(readVectors('hello', 'Hello'), fromJson, encodeHello, decodeHello)
  })

  it('reads what it has written, within the limit', () => {
    fc.assert(
      fc.property(hello, (value) => {
        const bytes = encodeHello(value)
        expect(bytes.length).toBeLessThanOrEqual(MAX_HELLO_BYTES)
        expect(decodeHello(bytes)).toEqual({ ok: true, value })
      }),
    )
  })

  it('refuses noise and damage without throwing', () => {
    const noise = fc.oneof(fc.uint8Array({ maxLength: 2_000 }), damaged(hello.map(encodeHello)))
    fc.assert(
      fc.property(noise, (bytes) => {
        const decoded = decodeHello(bytes)
        if (decoded.ok) expect(decodeHello(encodeHello(decoded.value))).toEqual(decoded)
      }),
      { numRuns: 1_000 },
    )
  })
})
