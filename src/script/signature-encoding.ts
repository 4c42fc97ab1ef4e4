import { err, ok, type Result } from '../base/result.ts'
import { isKnownHashType } from './sighash.ts'
import type { ScriptErrorCode } from './verdict.ts'

const HALF_ORDER = Uint8Array.from(
  '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'.match(/../g)!,
  (byte) => Number.parseInt(byte, 16),
)

/** With the hash type. */
const MIN_ITEM_BYTES = 9
const MAX_ITEM_BYTES = 73

const INTEGER_BYTES = 32

/** What of the transaction a signature item says that it signs: its last byte; 0 where it is empty. */
export const hashTypeOf = (item: Uint8Array): number => item[item.length - 1] ?? 0

/**
 * Reads a signature as it stands in a witness, BIP66's strict DER and a hash type, and turns it into 64 bytes, r and s.
 * @returns `signature-encoding-wrong` unless it is strict DER, `signature-invalid` where r or s does not fit 32 bytes,
 * `signature-s-too-high` above half the order, `signature-hash-type-unknown`
 */
export function parseSignature(item: Uint8Array): Result<Uint8Array, ScriptErrorCode> {
  const { length } = item
  if (length < MIN_ITEM_BYTES || length > MAX_ITEM_BYTES) return err('signature-encoding-wrong')
  if (item[0] !== 0x30 || item[1] !== length - 3) return err('signature-encoding-wrong')
  const rLength = item[3]!
  if (6 + rLength >= length) return err('signature-encoding-wrong')
  const sLength = item[5 + rLength]!
  if (rLength + sLength + 7 !== length) return err('signature-encoding-wrong')
  const s = 6 + rLength
  if (!isMinimalPositive(item, 4, rLength) || !isMinimalPositive(item, s, sLength))
    return err('signature-encoding-wrong')

  const signature = new Uint8Array(2 * INTEGER_BYTES)
  if (!putInteger(item, 4, rLength, signature, 0) || !putInteger(item, s, sLength, signature, INTEGER_BYTES))
    return err('signature-invalid')
  if (isHigh(signature, INTEGER_BYTES)) return err('signature-s-too-high')
  return isKnownHashType(hashTypeOf(item)) ? ok(signature) : err('signature-hash-type-unknown')
}

/** Whether at `at` there is an integer's tag and length before, and as many bytes as it needs. */
function isMinimalPositive(item: Uint8Array, at: number, length: number): boolean {
  if (item[at - 2] !== 0x02 || length === 0 || item[at]! >= 0x80) return false
  return !(length > 1 && item[at] === 0 && item[at + 1]! < 0x80)
}

function putInteger(item: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): boolean {
  const zeros = item[at] === 0 ? 1 : 0
  const digits = length - zeros
  if (digits > INTEGER_BYTES) return false
  const shift = outAt + INTEGER_BYTES - digits
  for (let i = 0; i < digits; i++) out[shift + i] = item[at + zeros + i]!
  return true
}

function isHigh(integers: Uint8Array, at: number): boolean {
  for (let i = 0; i < INTEGER_BYTES; i++) {
    const difference = integers[at + i]! - HALF_ORDER[i]!
    if (difference !== 0) return difference > 0
  }
  return false
}
