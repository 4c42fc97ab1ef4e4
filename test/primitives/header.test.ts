import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { ZERO_HASH } from '../../src/primitives/hash.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, makeHeader } from '../../src/primitives/header.ts'
import { anyHeader, DECODE_ERRORS, damaged, GENESIS, hex } from './support.ts'

describe('block header', () => {
  it("decodes Bitcoin's genesis header, and computes its hash", () => {
    expect(decodeHeader(GENESIS.header)).toEqual({
      ok: true,
      value: {
        version: 1,
        previous: ZERO_HASH,
        merkleRoot: GENESIS.merkleRoot,
        time: 1_231_006_505,
        bits: 0x1d00ffff,
        nonce: 2_083_236_893,
        hash: GENESIS.hash,
      },
    })
  })

  it("decodes the header of Bitcoin's block 1", () => {
    const bytes =
      hex(`010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744
      bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299`)
    expect(decodeHeader(bytes)).toMatchObject({
      value: {
        previous: GENESIS.hash,
        hash: '00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048',
      },
    })
  })

  it('is undone by decoding it, whatever its fields, and its hash is that of its bytes', () => {
    fc.assert(
      fc.property(anyHeader, (fields) => {
        const bytes = encodeHeader(fields)
        expect(bytes.length).toBe(HEADER_BYTES)
        expect(decodeHeader(bytes)).toEqual({ ok: true, value: makeHeader(fields) })
      }),
    )
  })

  it('is exactly 80 bytes: any other length is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = decodeHeader(bytes)
        expect(result.ok).toBe(bytes.length === HEADER_BYTES)
        if (!result.ok)
          expect(result.error.code).toBe(bytes.length < HEADER_BYTES ? 'truncated' : 'trailing-bytes')
      }),
    )
  })

  it('is refused or keeps its bytes, however its bytes are damaged', () => {
    fc.assert(
      fc.property(damaged(anyHeader.map(encodeHeader)), (bytes) => {
        const result = decodeHeader(bytes)
        if (result.ok) expect(toHex(encodeHeader(result.value))).toBe(toHex(bytes))
        else expect(DECODE_ERRORS).toContain(result.error.code)
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same after decoding and encoding any 80 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 80, maxLength: 80 }), (bytes) => {
        const result = decodeHeader(bytes)
        expect(result.ok && toHex(encodeHeader(result.value))).toBe(toHex(bytes))
      }),
    )
  })
})
