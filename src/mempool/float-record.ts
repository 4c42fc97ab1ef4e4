import { type ByteReader, DecodeError } from '../base/reader.ts'
import type { ByteWriter } from '../base/writer.ts'

const FLOAT_BYTES = 8

/** IEEE 754 doubles, little-endian, without their number: both sides know it. */
export function writeFloats(writer: ByteWriter, values: Float64Array): void {
  const bytes = new Uint8Array(values.length * FLOAT_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setFloat64(index * FLOAT_BYTES, value, true)
  writer.bytes(bytes)
}

/** Fills `values`. @throws DecodeError where the bytes end before, or one is no number that could be a weight */
export function readFloats(reader: ByteReader, values: Float64Array): void {
  const bytes = reader.take(values.length * FLOAT_BYTES)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index < values.length; index++) {
    const value = view.getFloat64(index * FLOAT_BYTES, true)
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new DecodeError('malformed', 'a weight that is none')
    values[index] = value
  }
}
