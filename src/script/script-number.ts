import type { ScriptFault } from './verdict.ts'

/** The most bytes of a number that arithmetic takes. */
const MAX_NUMBER_BYTES = 4

const SIGN = 0x80

export const FALSE = new Uint8Array(0)
export const TRUE = Uint8Array.of(1)

export const booleanItem = (value: boolean): Uint8Array => (value ? TRUE : FALSE)

/** Anything but zero, with any number of bytes, and negative zero. */
export function isTrue(item: Uint8Array): boolean {
  const last = item.length - 1
  for (let i = 0; i < last; i++) if (item[i] !== 0) return true
  return last >= 0 && item[last] !== 0 && item[last] !== SIGN
}

/**
 * Bitcoin Core's `CScriptNum`: little-endian, the sign in the highest bit of the last byte.
 * @param minimal - refuse more bytes than the number needs
 * @param maxBytes - at most 6, so that every number is a safe integer
 * @returns the number, or why the item is none
 */
export function readScriptNumber(
  item: Uint8Array,
  minimal: boolean,
  maxBytes = MAX_NUMBER_BYTES,
): number | ScriptFault {
  const { length } = item
  if (length > maxBytes) return 'script-number-too-long'
  if (length === 0) return 0
  const last = item[length - 1]!
  if (minimal && (last & ~SIGN) === 0 && (length === 1 || (item[length - 2]! & SIGN) === 0))
    return 'script-number-not-minimal'
  let magnitude = last & ~SIGN
  for (let i = length - 2; i >= 0; i--) magnitude = magnitude * 256 + item[i]!
  return (last & SIGN) === 0 ? magnitude : -magnitude
}

/** The shortest item that reads as `value`, a safe integer. */
export function scriptNumberItem(value: number): Uint8Array {
  if (value === 0) return FALSE
  const bytes: number[] = []
  for (let left = Math.abs(value); left > 0; left = Math.floor(left / 256)) bytes.push(left % 256)
  const sign = value < 0 ? SIGN : 0
  if ((bytes[bytes.length - 1]! & SIGN) === 0) bytes[bytes.length - 1]! |= sign
  else bytes.push(sign)
  return Uint8Array.from(bytes)
}
