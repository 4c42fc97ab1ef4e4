import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { ByteReader, DecodeError, type DecodeErrorCode, decode } from '../../src/base/reader.ts'
import { ByteWriter, compactSizeLength } from '../../src/base/writer.ts'

const hex = (text: string): Uint8Array => fromHex(text)!
const read = <T>(bytes: Uint8Array, using: (reader: ByteReader) => T): T | DecodeErrorCode => {
  const result = decode(bytes, using)
  return result.ok ? result.value : result.error.code
}

describe('ByteReader', () => {
  it('reads integers in little-endian order', () => {
    const reader = new ByteReader(hex('01 0201 04030201 fffffffe 0807060504030200'.replaceAll(' ', '')))
    expect([reader.u8(), reader.u16(), reader.u32(), reader.i32(), reader.u64()]).toEqual([
      1, 0x0102, 0x01020304, -0x01000001, 0x0002030405060708,
    ])
    expect(reader.left).toBe(0)
  })

  it('reads a view that does not begin at the start of its buffer', () => {
    const view = hex('ffff01000000ffff').subarray(2, 6)
    expect(read(view, (r) => r.u32())).toBe(1)
    expect(read(view, (r) => [r.take(4).length, r.peek()])).toEqual([4, undefined])
  })

  it.each(['u8', 'u16', 'u32', 'i32', 'u64'] as const)(
    'refuses a truncated %s and moves nowhere',
    (method) => {
      const width = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8 }[method]
      const reader = new ByteReader(new Uint8Array(width - 1))
      expect(() => reader[method]()).toThrow(DecodeError)
      expect(reader.offset).toBe(0)
    },
  )

  it('refuses bytes that are left over', () => {
    expect(read(hex('0102'), (r) => r.u8())).toBe('trailing-bytes')
  })

  it('refuses 64-bit integers that a number cannot hold', () => {
    expect(read(hex('ffffffffffff1f00'), (r) => r.u64())).toBe(Number.MAX_SAFE_INTEGER)
    expect(read(hex('0000000000002000'), (r) => r.u64())).toBe('over-limit')
    expect(read(hex('ffffffffffffffff'), (r) => r.u64())).toBe('over-limit')
  })

  it('takes views, not copies', () => {
    const bytes = hex('0102')
    const view = new ByteReader(bytes).take(2)
    bytes[0] = 9
    expect(view[0]).toBe(9)
  })

  it('passes on what is not the fault of the bytes', () => {
    const bug = () => {
      throw new TypeError('a bug')
    }
    expect(() => decode(hex('00'), bug)).toThrow(TypeError)
  })
})

describe('CompactSize', () => {
  it.each([
    [0, '00'],
    [252, 'fc'],
    [253, 'fdfd00'],
    [0xffff, 'fdffff'],
    [0x1_0000, 'fe00000100'],
    [0xffff_ffff, 'feffffffff'],
    [0x1_0000_0000, 'ff0000000001000000'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff1f00'],
  ])('writes %i as %s and reads it back', (value, encoded) => {
    expect(toHex(new ByteWriter().compactSize(value).finish())).toBe(encoded)
    expect(compactSizeLength(value)).toBe(encoded.length / 2)
    expect(read(hex(encoded), (r) => r.compactSize(Number.MAX_SAFE_INTEGER))).toBe(value)
  })

  it.each(['fd0000', 'fdfc00', 'fe00000000', 'feffff0000', 'ff0000000000000000', 'ffffffffff00000000'])(
    'refuses %s: not the shortest form',
    (encoded) => {
      expect(read(hex(encoded), (r) => r.compactSize(Number.MAX_SAFE_INTEGER))).toBe('non-canonical')
    },
  )

  it.each(['', 'fd', 'fdfd', 'fe000001', 'ff00000000010000'])('refuses %j: truncated', (encoded) => {
    expect(read(hex(encoded), (r) => r.compactSize(Number.MAX_SAFE_INTEGER))).toBe('truncated')
  })

  it('refuses what is above the limit', () => {
    expect(read(hex('0b'), (r) => r.compactSize(10))).toBe('over-limit')
    expect(read(hex('0a'), (r) => r.compactSize(10))).toBe(10)
    expect(read(hex('ffffffffffffffffff'), (r) => r.compactSize(10))).toBe('over-limit')
  })
})

describe('lists', () => {
  it('read as many items as their count says', () => {
    expect(read(hex('03010203'), (r) => r.list(3, 1, (each) => each.u8()))).toEqual([1, 2, 3])
    expect(read(hex('00'), (r) => r.list(0, 1, (each) => each.u8()))).toEqual([])
  })

  it('are refused before anything is read where they cannot fit or exceed the limit', () => {
    let reads = 0
    const item = (reader: ByteReader) => {
      reads++
      return reader.u8()
    }
    expect(read(hex('fe00000010010203'), (r) => r.list(2 ** 32, 1, item))).toBe('truncated')
    expect(read(hex('03010203'), (r) => r.list(3, 2, item))).toBe('truncated')
    expect(read(hex('03010203'), (r) => r.list(2, 1, item))).toBe('over-limit')
    expect(reads).toBe(0)
  })
})

describe('reader and writer', () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
  const piece = fc.oneof(
    fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
    fc.record({ kind: fc.constant('u32' as const), value: u32 }),
    fc.record({
      kind: fc.constant('i32' as const),
      value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    }),
    fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
    fc.record({ kind: fc.constant('compactSize' as const), value: fc.maxSafeNat() }),
  )

  it('undo each other, whatever is written, from whichever capacity', () => {
    fc.assert(
      fc.property(
        fc.array(piece),
        fc.uint8Array(),
        fc.integer({ min: 0, max: 9 }),
        (pieces, tail, capacity) => {
          const writer = new ByteWriter(capacity)
          for (const { kind, value } of pieces) writer[kind](value)
          const bytes = writer.varBytes(tail).bytes(tail).finish()
          expect(bytes.length).toBe(writer.length)
          const result = decode(bytes, (reader) => ({
            values: pieces.map(({ kind }) =>
              kind === 'compactSize' ? reader.compactSize(Number.MAX_SAFE_INTEGER) : reader[kind](),
            ),
            tail: reader.varBytes(tail.length),
            again: reader.take(tail.length),
          }))
          expect(result).toEqual({
            ok: true,
            value: { values: pieces.map(({ value }) => value), tail, again: tail },
          })
        },
      ),
    )
  })

  it('hand out a copy: later writes do not change what was finished', () => {
    const writer = new ByteWriter(8).u8(1)
    const first = writer.finish()
    writer.u8(2)
    expect(first).toEqual(hex('01'))
    expect(writer.finish()).toEqual(hex('0102'))
  })
})
