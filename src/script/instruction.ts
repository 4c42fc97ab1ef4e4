import { LAST_DATA_PUSH, OP } from './opcodes.ts'

/** One step of a script. */
export interface Instruction {
  readonly opcode: number
  /** what a data push (OP_0 to OP_PUSHDATA4) pushes, as a view of the script; undefined for all others */
  readonly data: Uint8Array | undefined
  /** where the next instruction begins */
  readonly end: number
}

/** Bytes that say how long a data push is, behind its opcode. */
const lengthBytesOf = (opcode: number): number => (opcode < OP.PUSHDATA1 ? 0 : 1 << (opcode - OP.PUSHDATA1))

/** Where the instruction at `at`, inside the script, ends; undefined where a push reaches past the script's end. */
export function instructionEnd(script: Uint8Array, at: number): number | undefined {
  const opcode = script[at]!
  if (opcode > LAST_DATA_PUSH) return at + 1
  const lengthBytes = lengthBytesOf(opcode)
  const start = at + 1 + lengthBytes
  if (start > script.length) return undefined
  let length = lengthBytes === 0 ? opcode : 0
  for (let i = start - 1; i > at && lengthBytes > 0; i--) length = length * 256 + script[i]!
  return start + length > script.length ? undefined : start + length
}

/** Reads the instruction at `at`, inside the script; undefined where a push reaches past the script's end. */
export function readInstruction(script: Uint8Array, at: number): Instruction | undefined {
  const opcode = script[at]!
  const end = instructionEnd(script, at)
  if (end === undefined) return undefined
  if (opcode > LAST_DATA_PUSH) return { opcode, data: undefined, end }
  return { opcode, data: script.subarray(at + 1 + lengthBytesOf(opcode), end), end }
}

/** BIP62: whether a data push has the shortest form for what it pushes. */
export function isMinimalPush({ opcode, data }: Instruction): boolean {
  if (data === undefined) return true
  if (data.length === 0) return opcode === OP['0']
  if (data.length === 1 && ((data[0]! >= 1 && data[0]! <= 16) || data[0] === 0x81)) return false
  if (data.length < OP.PUSHDATA1) return opcode === data.length
  if (data.length <= 0xff) return opcode === OP.PUSHDATA1
  return data.length > 0xffff || opcode === OP.PUSHDATA2
}
