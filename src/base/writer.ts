/** The size in bytes of Bitcoin's CompactSize encoding of `value`. */
export function compactSizeLength(value: number): number {
  return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffff_ffff ? 5 : 9
}

/** A growing little-endian byte buffer. Integers are trusted: they come from our own checked values. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
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
      this.#view = new DataView(bytes.buffer)
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
    // The view is replaced when the buffer grows, so the place comes first.
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
    return this
  }

  i32(value: number): this {
    const at = this.#grow(4)
    this.#view.setInt32(at, value, true)
    return this
  }

  /** A safe integer as unsigned 64 bits. */
  u64(value: number): this {
    const at = this.#grow(8)
    this.#view.setUint32(at, value % 0x1_0000_0000, true)
    this.#view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true)
    return this
  }

  compactSize(value: number): this {
    if (value < 0xfd) return this.u8(value)
    if (value <= 0xffff) return this.u8(0xfd).u16(value)
    if (value <= 0xffff_ffff) return this.u8(0xfe).u32(value)
    return this.u8(0xff).u64(value)
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
