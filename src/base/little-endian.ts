/*
 * Bitcoin's integers, written into bytes of a size that is known beforehand. Each function returns where the next value
 * goes. They are for what is made for each input of each block; elsewhere `ByteWriter` is handier.
 */

/** The unsigned 32 bits at `at`. */
export const getU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

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

/** A safe integer in its shortest form. */
export function putCompactSize(out: Uint8Array, at: number, value: number): number {
  if (value < 0xfd) {
    out[at] = value
    return at + 1
  }
  if (value <= 0xffff) {
    out[at] = 0xfd
    out[at + 1] = value
    out[at + 2] = value >>> 8
    return at + 3
  }
  const wide = value > 0xffff_ffff
  out[at] = wide ? 0xff : 0xfe
  return wide ? putU64(out, at + 1, value) : putU32(out, at + 1, value)
}

/** For few bytes: a loop is faster than `set` there. */
export function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes
  if (length > 64) out.set(bytes, at)
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i]!
  return at + length
}
