import { concatBytes } from '../../base/bytes.ts'
import { isMinimalPush, readInstruction } from '../../script/instruction.ts'
import { OP } from '../../script/opcodes.ts'
import { readScriptNumber, scriptNumberItem } from '../../script/script-number.ts'

/** A part of a script: an opcode's name, bytes to push (1 to 75), or a number to push. */
export type Part = keyof typeof OP | Uint8Array | number

const MAX_DIRECT_PUSH = 75
const SMALL_NUMBERS = 16

/** A script from its parts, each push in its shortest form (BIP62). */
export const writeScript = (...parts: readonly Part[]): Uint8Array => concatBytes(...parts.map(partBytes))

function partBytes(part: Part): Uint8Array {
  if (typeof part === 'string') return Uint8Array.of(OP[part])
  if (typeof part === 'number' && part >= 0 && part <= SMALL_NUMBERS)
    return Uint8Array.of(part === 0 ? OP['0'] : OP['1'] + part - 1)
  const data = typeof part === 'number' ? scriptNumberItem(part) : part
  if (data.length === 0 || data.length > MAX_DIRECT_PUSH)
    throw new RangeError(`a push of ${data.length} bytes is not from 1 to ${MAX_DIRECT_PUSH}`)
  return concatBytes(Uint8Array.of(data.length), data)
}

/** An instruction as it is read: what it pushes, or its opcode. */
export type ReadPart = { readonly data: Uint8Array } | { readonly opcode: number }

/** A script's instructions; undefined where it ends inside a push, or one is longer than it has to be. */
export function readScript(script: Uint8Array): ReadPart[] | undefined {
  const parts: ReadPart[] = []
  for (let at = 0; at < script.length; ) {
    const instruction = readInstruction(script, at)
    if (instruction === undefined || !isMinimalPush(instruction)) return undefined
    const { opcode, data, end } = instruction
    parts.push(data === undefined ? { opcode } : { data })
    at = end
  }
  return parts
}

/** The number that a part pushes, or undefined. */
export function numberOf(part: ReadPart | undefined, maxBytes: number): number | undefined {
  if (part === undefined) return undefined
  if ('opcode' in part)
    return part.opcode >= OP['1'] && part.opcode <= OP['16'] ? part.opcode - OP['1'] + 1 : undefined
  const number = readScriptNumber(part.data, true, maxBytes)
  return typeof number === 'number' ? number : undefined
}
