import { concatBytes } from '../../src/base/bytes.ts'
import { crc32c } from '../../src/storage/crc32c.ts'

const BLOCK = 32_768

function fragment(type: number, payload: Uint8Array): Uint8Array {
  const crc = crc32c(concatBytes(Uint8Array.of(type), payload))
  const header = new Uint8Array(7)
  const view = new DataView(header.buffer)
  view.setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true)
  view.setUint16(4, payload.length, true)
  header[6] = type
  return concatBytes(header, payload)
}

/** A log of these records, as LevelDB writes it. */
export function writeLog(records: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = []
  let room = BLOCK
  for (const record of records) {
    for (let at = 0, first = true; first || at < record.length; first = false) {
      if (room < 7) {
        parts.push(new Uint8Array(room))
        room = BLOCK
      }
      const payload = record.subarray(at, at + room - 7)
      const last = at + payload.length === record.length
      parts.push(fragment(first ? (last ? 1 : 2) : last ? 4 : 3, payload))
      room -= 7 + payload.length
      at += payload.length
      if (last) break
    }
  }
  return concatBytes(...parts)
}
