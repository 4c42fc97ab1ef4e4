/** Slicing-by-16 tables of CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), one behind the other: the fastest of
 * the forms tried, as V8 then checks one array's bounds. */
const TABLE = makeTable()

function makeTable(): Int32Array {
  const table = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    table[byte] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!
    table[i] = (previous >>> 8) ^ table[previous & 0xff]!
  }
  return table
}

/** CRC-32C (RFC 3720, appendix B.4) of `bytes`, continuing from `seed` (the CRC of what came before). */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const t = TABLE
  let crc = ~seed
  let i = 0
  for (const end = bytes.length - 15; i < end; i += 16) {
    const a = crc ^ view.getInt32(i, true)
    const b = view.getInt32(i + 4, true)
    const c = view.getInt32(i + 8, true)
    const d = view.getInt32(i + 12, true)
    crc =
      t[0xf00 + (a & 0xff)]! ^
      t[0xe00 + ((a >>> 8) & 0xff)]! ^
      t[0xd00 + ((a >>> 16) & 0xff)]! ^
      t[0xc00 + (a >>> 24)]! ^
      t[0xb00 + (b & 0xff)]! ^
      t[0xa00 + ((b >>> 8) & 0xff)]! ^
      t[0x900 + ((b >>> 16) & 0xff)]! ^
      t[0x800 + (b >>> 24)]! ^
      t[0x700 + (c & 0xff)]! ^
      t[0x600 + ((c >>> 8) & 0xff)]! ^
      t[0x500 + ((c >>> 16) & 0xff)]! ^
      t[0x400 + (c >>> 24)]! ^
      t[0x300 + (d & 0xff)]! ^
      t[0x200 + ((d >>> 8) & 0xff)]! ^
      t[0x100 + ((d >>> 16) & 0xff)]! ^
      t[d >>> 24]!
  }
  for (; i < bytes.length; i++) crc = t[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The CRC behind a stored one: LevelDB rotates it and adds a constant, as a CRC over bytes that hold CRCs is weak. */
export function unmaskCrc32c(masked: number): number {
  const rotated = (masked - 0xa282ead8) | 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
