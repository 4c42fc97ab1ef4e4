import { getU32 } from './little-endian.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export type DecodeErrorCode =
  | 'truncated' // the bytes end before the value does
  | 'trailing-bytes' // the value ends before the bytes do
  | 'non-canonical' // a CompactSize that is longer than it has to be
  | 'over-limit' // a length or count above its named limit
  | 'malformed' // anything else that the format forbids

/** Thrown inside a decoder and turned into a value by `decoding`; it never leaves this module otherwise. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode

  constructor(code: DecodeErrorCode, message: string) {
    super(message)
    this.name = 'DecodeError'
    this.code = code
  }
}

/** What `read` returns; every malformed input is an `err`, never an exception. */
export function decoding<T>(read: () => T): Result<T, DecodeError> {
  try {
    return ok(read())
  } catch (error) {
    if (error instanceof DecodeError) return err(error)
    throw error
  }
}

/** Decodes the whole of `bytes` with `read`. */
export const decode = <T>(bytes: Uint8Array, read: (reader: ByteReader) => T): Result<T, DecodeError> =>
  decoding(() => {
    const reader = new ByteReader(bytes)
    const value = read(reader)
    reader.end()
    return value
  })

const NOTHING = new Uint8Array(0)

/**
 * A cursor over bytes that came from outside: little-endian integers, CompactSize, and lists whose length is checked
 * against a limit and against the bytes that are left before anything is allocated.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  offset = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  /** Moves past so many bytes, and says where they begin. */
  skip(length: number): number {
    const at = this.offset
    if (length > this.bytes.length - at) throw new DecodeError('truncated', `${length} bytes wanted at ${at}`)
    this.offset = at + length
    return at
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  /** The next byte without consuming it; undefined at the end. */
  peek(ahead = 0): number | undefined {
    return this.bytes[this.offset + ahead]
  }

  u16(): number {
    const at = this.skip(2)
    return this.bytes[at]! | (this.bytes[at + 1]! << 8)
  }

  u32(): number {
    return getU32(this.bytes, this.skip(4))
  }

  i32(): number {
    return this.u32() | 0
  }

  /** An unsigned 64-bit integer, refused above `Number.MAX_SAFE_INTEGER`. */
  u64(): number {
    const at = this.skip(8)
    const value = getU32(this.bytes, at + 4) * 0x1_0000_0000 + getU32(this.bytes, at)
    if (!Number.isSafeInteger(value)) throw new DecodeError('over-limit', `integer too large at ${at}`)
    return value
  }

  /** Bitcoin's variable-length integer; only the shortest form is accepted. */
  compactSize(max: number): number {
    const at = this.offset
    const first = this.u8()
    let value = first
    if (first === 0xfd) value = this.u16()
    else if (first === 0xfe) value = this.u32()
    else if (first === 0xff) value = this.u64()
    if (first >= 0xfd) {
      const least = first === 0xfd ? 0xfd : first === 0xfe ? 0x1_0000 : 0x1_0000_0000
      if (value < least) throw new DecodeError('non-canonical', `CompactSize not shortest at ${at}`)
    }
    if (value > max) throw new DecodeError('over-limit', `${value} at ${at} is above ${max}`)
    return value
  }

  /** A view of the next bytes: no copy is made. */
  take(length: number): Uint8Array {
    const at = this.skip(length)
    // One for all: a message can hold millions of empty items, and a view takes a hundred bytes.
    return length === 0 ? NOTHING : this.bytes.subarray(at, at + length)
  }

  /** A CompactSize length and as many bytes, as a view. */
  varBytes(max: number): Uint8Array {
    return this.take(this.compactSize(max))
  }

  /** A CompactSize count of items of at least `minItemSize` bytes each, which have room in the bytes that are left. */
  count(max: number, minItemSize: number): number {
    const count = this.compactSize(max)
    if (count * minItemSize > this.left) throw new DecodeError('truncated', `${count} items cannot fit`)
    return count
  }

  /** A CompactSize count and as many items of at least `minItemSize` bytes each. */
  list<T>(max: number, minItemSize: number, read: (reader: ByteReader) => T): T[] {
    const count = this.count(max, minItemSize)
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(read(this))
    return items
  }

  /** Refuses bytes that are left over. */
  end(): void {
    if (this.left !== 0) throw new DecodeError('trailing-bytes', `${this.left} bytes left over`)
  }
}
