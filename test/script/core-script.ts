import { concatBytes, fromHex } from '../../src/base/bytes.ts'
import { OP } from '../../src/script/opcodes.ts'
import { scriptNumberItem } from '../../src/script/script-number.ts'
import type { ScriptFault } from '../../src/script/verdict.ts'

/*
 * The notation of Bitcoin Core's script tests: numbers and quoted texts are pushed, `0x` is raw bytes, words are
 * opcodes with or without `OP_`.
 */

const encoder = new TextEncoder()

/** The shortest push of the bytes, except that small numbers are not turned into OP_1 to OP_16. */
export function pushOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length < OP.PUSHDATA1) return concatBytes(Uint8Array.of(length), bytes)
  if (length <= 0xff) return concatBytes(Uint8Array.of(OP.PUSHDATA1, length), bytes)
  return concatBytes(Uint8Array.of(OP.PUSHDATA2, length & 0xff, length >> 8), bytes)
}

function numberPush(value: number): Uint8Array {
  if (value === -1 || (value >= 1 && value <= 16)) return Uint8Array.of(OP['1'] - 1 + value)
  return pushOf(scriptNumberItem(value))
}

function assembleWord(word: string): Uint8Array {
  if (/^-?\d+$/.test(word)) return numberPush(Number(word))
  if (word.startsWith('0x')) return fromHex(word.slice(2))!
  if (word.startsWith("'")) return pushOf(encoder.encode(word.slice(1, -1)))
  const opcode = OP[word.replace(/^OP_/, '') as keyof typeof OP]
  if (opcode === undefined) throw new Error(`no opcode: ${word}`)
  return Uint8Array.of(opcode)
}

export const assemble = (text: string): Uint8Array =>
  concatBytes(...(text.match(/'[^']*'|\S+/g) ?? []).map(assembleWord))

/** Our codes for Bitcoin Core's names of why a script fails. */
export const CORE_FAULTS: Readonly<Record<string, readonly ScriptFault[]>> = {
  BAD_OPCODE: ['opcode-invalid'],
  CHECKMULTISIGVERIFY: ['multisig-verify-failed'],
  CHECKSIGVERIFY: ['signature-verify-failed'],
  CLEANSTACK: ['stack-not-clean'],
  DISABLED_OPCODE: ['opcode-disabled'],
  DISCOURAGE_UPGRADABLE_NOPS: ['nop-discouraged'],
  EQUALVERIFY: ['equal-verify-failed'],
  EVAL_FALSE: ['script-result-false'],
  INVALID_ALTSTACK_OPERATION: ['alternate-stack-empty'],
  INVALID_STACK_OPERATION: ['stack-too-short'],
  MINIMALDATA: ['push-not-minimal'],
  MINIMALIF: ['condition-not-minimal'],
  NEGATIVE_LOCKTIME: ['lock-time-negative'],
  NULLFAIL: ['signature-not-null', 'signature-invalid'],
  NUMEQUALVERIFY: ['numeric-equal-verify-failed'],
  OP_COUNT: ['script-operations-exceeded'],
  OP_RETURN: ['return-executed'],
  PUBKEY_COUNT: ['multisig-key-count-wrong'],
  PUSH_SIZE: ['script-item-size-exceeded'],
  SCRIPTNUM: ['script-number-too-long', 'script-number-not-minimal'],
  SCRIPT_SIZE: ['script-size-exceeded'],
  SIG_COUNT: ['multisig-signature-count-wrong'],
  SIG_DER: ['signature-encoding-wrong'],
  SIG_HASHTYPE: ['signature-hash-type-unknown'],
  SIG_HIGH_S: ['signature-s-too-high'],
  SIG_NULLDUMMY: ['multisig-dummy-not-null'],
  STACK_SIZE: ['script-stack-exceeded'],
  UNBALANCED_CONDITIONAL: ['conditional-unbalanced'],
  UNSATISFIED_LOCKTIME: ['lock-time-unmet'],
  VERIFY: ['verify-failed'],
  WITNESS_PROGRAM_MISMATCH: ['witness-program-mismatch', 'witness-stack-size-wrong'],
  WITNESS_PROGRAM_WITNESS_EMPTY: ['witness-script-missing'],
  WITNESS_PUBKEYTYPE: ['public-key-not-compressed'],
}
