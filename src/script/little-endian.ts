/*
 * Bitcoin's integers, written into bytes of a size that is known beforehand. Each function returns where the next value
 * goes. They are for preimages that are made for each input of each block; elsewhere `ByteWriter` is handier.
 */

export function putU32(out: Uint8Array, at: number, value: number): number {
  out[at] = value
  out[at + 1] = value >>> 8
  out[at + 2] = value >>> 16
  out[at + 3] = value >>> 24
  return at + 4
}

/** A safe integer as unsigned 64 bits. */
export function putU64(out: Uint8Array, at: number, value: number): number {
  putU32(out, at, value % 0x1_0000_0000)
  return putU32(out, at + 4, Math.floor(value / 0x1_0000_0000))
}

/** The shortest form of a length below 2^32. */
export function putCompactSize(out: Uint8Array, at: number, value: number): number {
  if (value < 0xfd) {
    out[at] = value
    return at + 1
  }
  const wide = value > 0xffff
  out[at] = wide ? 0xfe : 0xfd
  out[at + 1] = value
  out[at + 2] = value >>> 8
  if (!wide) return at + 3
  out[at + 3] = value >>> 16
  out[at + 4] = value >>> 24
  return at + 5
}

/** For few bytes: a loop is faster than `set` there. */
export function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes
  if (length > 64) out.set(bytes, at)
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i]!
  return at + length
}
