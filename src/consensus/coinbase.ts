import { equalBytes } from '../base/bytes.ts'

const OP_0 = 0x00
const OP_1 = 0x51

/** BIP34: `height` as a minimally encoded push: OP_0, OP_1 to OP_16, or a little-endian number with a sign bit. */
export function heightScript(height: number): Uint8Array {
  if (height === 0) return Uint8Array.of(OP_0)
  if (height <= 16) return Uint8Array.of(OP_1 + height - 1)
  const digits: number[] = []
  for (let rest = height; rest > 0; rest = Math.floor(rest / 256)) digits.push(rest % 256)
  // A set top bit would read as a minus sign.
  if (digits[digits.length - 1]! >= 0x80) digits.push(0)
  return Uint8Array.of(digits.length, ...digits)
}

/** BIP34: whether a coinbase script begins with the push of `height`. */
export function beginsWithHeight(scriptSig: Uint8Array, height: number): boolean {
  const wanted = heightScript(height)
  return equalBytes(scriptSig.subarray(0, wanted.length), wanted)
}
