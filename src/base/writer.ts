import { putCompactSize, putU32, putU64 } from './little-endian.ts'

/** The size in bytes of Bitcoin's CompactSize encoding of `value`. */
export function compactSizeLength(value: number): number {
  return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffff_ffff ? 5 : 9
}

/** A growing little-endian byte buffer. Integers are trusted: they come from our own checked values. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  #grow(by: number): number {
    const at = this.#length
    const need = at + by
    if (need > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(need, this.#bytes.length * 2))
      bytes.set(this.#bytes)
      this.#bytes = bytes
    }
    this.#length = need
    return at
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#bytes[at] = value
    return this
  }

  u16(value: number): this {
    // The buffer is replaced when it grows, so the place comes first.
    const at = this.#grow(2)
    this.#bytes[at] = value
    this.#bytes[at + 1] = value >>> 8
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    putU32(this.#bytes, at, value)
    return this
  }

  i32(value: number): this {
    return this.u32(value)
  }

  /** A safe integer as unsigned 64 bits. */
  u64(value: number): this {
    const at = this.#grow(8)
    putU64(this.#bytes, at, value)
    return this
  }

  compactSize(value: number): this {
    const at = this.#grow(compactSizeLength(value))
    putCompactSize(this.#bytes, at, value)
    return this
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  varBytes(value: Uint8Array): this {
    return this.compactSize(value.length).bytes(value)
  }

  /** What was written, as a copy of exactly its length. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}
