import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex } from '../../src/base/bytes.ts'
import { hashTypeOf, parseSignature } from '../../src/script/signature-encoding.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A DER integer with its tag and length, as short as it can be. */
function integer(value: bigint): Uint8Array {
  const digits = value.toString(16)
  const bytes = fromHex(digits.length % 2 === 0 ? digits : `0${digits}`)!
  const body = bytes[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), bytes) : bytes
  return concatBytes(Uint8Array.of(2, body.length), body)
}

const sequence = (body: Uint8Array, hashType: number): Uint8Array =>
  concatBytes(Uint8Array.of(0x30, body.length), body, Uint8Array.of(hashType))

const item = (r: bigint, s: bigint, hashType = 1): Uint8Array =>
  sequence(concatBytes(integer(r), integer(s)), hashType)

const below = (bound: bigint) => fc.bigInt({ min: 0n, max: bound - 1n })
const hashType = fc.constantFrom(1, 2, 3, 0x81, 0x82, 0x83)
const value = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

describe('a signature in a witness', () => {
  it('is r and s in strict DER and a hash type, with s at most half the order', () => {
    fc.assert(
      fc.property(below(1n << 256n), below(ORDER / 2n + 1n), hashType, (r, s, type) => {
        const parsed = parseSignature(item(r, s, type))
        if (!parsed.ok) throw new Error(parsed.error)
        expect(value(parsed.value.subarray(0, 32))).toBe(r)
        expect(value(parsed.value.subarray(32))).toBe(s)
        expect(hashTypeOf(item(r, s, type))).toBe(type)
      }),
    )
  })

  it('is refused above half the order', () => {
    expect(parseSignature(item(1n, ORDER / 2n)).ok).toBe(true)
    expect(parseSignature(item(1n, ORDER / 2n + 1n))).toMatchObject({ error: 'signature-s-too-high' })
    fc.assert(
      fc.property(below(1n << 256n), fc.bigInt({ min: ORDER / 2n + 1n, max: (1n << 256n) - 1n }), (r, s) => {
        expect(parseSignature(item(r, s))).toMatchObject({ error: 'signature-s-too-high' })
      }),
    )
  })

  it('has one form: whatever is read is what would be written', () => {
    const near = fc
      .tuple(
        below(1n << 64n),
        below(1n << 64n),
        hashType,
        fc.array(fc.tuple(fc.nat(), fc.nat(255))),
        fc.nat(2),
      )
      .map(([r, s, type, changes, cut]) => {
        const bytes = item(r, s, type)
        for (const [at, byte] of changes.slice(0, 3)) bytes[at % bytes.length] = byte
        return bytes.subarray(0, bytes.length - cut)
      })
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const parsed = parseSignature(bytes)
        if (!parsed.ok) return
        const [r, s] = [value(parsed.value.subarray(0, 32)), value(parsed.value.subarray(32))]
        expect(bytes).toEqual(item(r, s, hashTypeOf(bytes)))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each<[string, string, string]>([
    ['is empty', '', 'signature-encoding-wrong'],
    ['is only a hash type', '01', 'signature-encoding-wrong'],
    ['is no sequence', '310602010102010101', 'signature-encoding-wrong'],
    ['says a length that is too small', '300502010102010101', 'signature-encoding-wrong'],
    ['says a length that is too large', '300702010102010101', 'signature-encoding-wrong'],
    ['has something after s', '30070201010201010001', 'signature-encoding-wrong'],
    ['has an r that is no integer', '300603010102010101', 'signature-encoding-wrong'],
    ['has an s that is no integer', '300602010103010101', 'signature-encoding-wrong'],
    ['has an r without bytes', '30060200020201010101', 'signature-encoding-wrong'],
    ['has an s without bytes', '30060202010102000101', 'signature-encoding-wrong'],
    ['has a negative r', '300602018102010101', 'signature-encoding-wrong'],
    ['has a negative s', '300602010102018101', 'signature-encoding-wrong'],
    ['has an r with a zero too many', '30070202000102010101', 'signature-encoding-wrong'],
    ['has an s with a zero too many', '30070201010202000101', 'signature-encoding-wrong'],
    ['has an r that runs over', '3006027f0102010101', 'signature-encoding-wrong'],
    ['has an r of 33 bytes', `30260221${'01'.repeat(33)}02010101`, 'signature-invalid'],
    ['has hash type 0', '300602010102010100', 'signature-hash-type-unknown'],
    ['has hash type 4', '300602010102010104', 'signature-hash-type-unknown'],
    ['has hash type 0x80', '300602010102010180', 'signature-hash-type-unknown'],
  ])('is refused where it %s', (_, bytes, code) => {
    expect(parseSignature(fromHex(bytes)!)).toEqual({ ok: false, error: code })
  })
})
