import { concatBytes } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import type { OutPoint } from '../../src/primitives/outpoint.ts'
import { makeTransaction, type Transaction, type TxOutput } from '../../src/primitives/transaction.ts'
import { OP } from '../../src/script/opcodes.ts'
import { p2wshScript } from '../../src/script/templates.ts'

/** The output that `script` opens. */
export const payToScript = (value: number, script: Uint8Array): TxOutput => ({
  value,
  scriptPubKey: p2wshScript(sha256(script)),
})

/** Spends outputs that all have the same witness. */
export const spendWith = (
  witness: readonly Uint8Array[],
  prevouts: readonly OutPoint[],
  outputs: readonly TxOutput[],
): Transaction =>
  makeTransaction({
    version: 2,
    lockTime: 0,
    inputs: prevouts.map((prevout) => ({
      prevout,
      scriptSig: new Uint8Array(0),
      sequence: 0xffff_fffd,
      witness: [...witness],
    })),
    outputs: [...outputs],
  })

export const of = (...codes: number[]): Uint8Array => Uint8Array.from(codes)

/** A script of this many bytes: data that is dropped, OP_NOPs, and `end`. */
export function padded(bytes: number, end: number = OP['1']): Uint8Array {
  const part = concatBytes(of(OP.PUSHDATA1, 200), new Uint8Array(200), of(OP.DROP))
  const parts: Uint8Array[] = []
  let left = bytes - 1
  for (; left >= part.length; left -= part.length) parts.push(part)
  return concatBytes(...parts, new Uint8Array(left).fill(OP.NOP), of(end))
}
