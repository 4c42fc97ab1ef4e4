import { compareBytes } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { ScriptErrorCode } from './verdict.ts'

const HALF_ORDER = Uint8Array.from(
  '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'.match(/../g)!,
  (byte) => Number.parseInt(byte, 16),
)

const MIN_DER = 8
const MAX_DER = 72

/**
 * Reads a signature's DER part (without the hash type) as BIP66 demands and turns it into 64 bytes, r and s.
 * @returns `signature-encoding-wrong` unless it is strict DER, `signature-s-too-high` above half the order,
 * `signature-invalid` where r or s does not fit 32 bytes
 */
export function parseSignature(der: Uint8Array): Result<Uint8Array, ScriptErrorCode> {
  if (der.length < MIN_DER || der.length > MAX_DER) return err('signature-encoding-wrong')
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return err('signature-encoding-wrong')
  const rLength = der[3]!
  if (5 + rLength >= der.length) return err('signature-encoding-wrong')
  const sLength = der[5 + rLength]!
  if (rLength + sLength + 6 !== der.length) return err('signature-encoding-wrong')
  const r = der.subarray(4, 4 + rLength)
  const s = der.subarray(6 + rLength)
  if (der[2] !== 0x02 || der[4 + rLength] !== 0x02) return err('signature-encoding-wrong')
  if (!isMinimalPositive(r) || !isMinimalPositive(s)) return err('signature-encoding-wrong')

  const signature = new Uint8Array(64)
  if (!putInteger(r, signature, 0) || !putInteger(s, signature, 32)) return err('signature-invalid')
  if (compareBytes(signature.subarray(32), HALF_ORDER) > 0) return err('signature-s-too-high')
  return ok(signature)
}

function isMinimalPositive(integer: Uint8Array): boolean {
  if (integer.length === 0 || (integer[0]! & 0x80) !== 0) return false
  return !(integer.length > 1 && integer[0] === 0x00 && (integer[1]! & 0x80) === 0)
}

function putInteger(integer: Uint8Array, out: Uint8Array, at: number): boolean {
  const digits = integer[0] === 0 ? integer.subarray(1) : integer
  if (digits.length > 32) return false
  out.set(digits, at + 32 - digits.length)
  return true
}
