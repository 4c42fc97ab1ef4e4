import { OP } from './opcodes.ts'
import type { Operation, Operations, ScriptMachine } from './script-machine.ts'
import type { ScriptFault } from './verdict.ts'

/** Lock times are unsigned 32-bit numbers, which as script numbers may take five bytes (BIP65, BIP112). */
const LOCK_NUMBER_BYTES = 5

/** Lock times below this are heights, from here on Unix times in seconds. */
const LOCKTIME_THRESHOLD = 500_000_000
const SEQUENCE_FINAL = 0xffff_ffff

/** BIP68 */
const SEQUENCE_DISABLE = 0x8000_0000
const SEQUENCE_TYPE_TIME = 1 << 22
const SEQUENCE_MASK = SEQUENCE_TYPE_TIME | 0xffff

/** The lock that the top of the stack asks for; the item stays. */
function wantedLock(machine: ScriptMachine): number | ScriptFault {
  if (machine.stack.length < 1) return 'stack-too-short'
  const lock = machine.number(0, LOCK_NUMBER_BYTES)
  return typeof lock === 'number' && lock < 0 ? 'lock-time-negative' : lock
}

/** BIP65: the transaction's lock time is of the same kind as the wanted one, at least as late, and not switched off. */
const checkLockTime: Operation = (machine) => {
  const wanted = wantedLock(machine)
  if (typeof wanted === 'string') return wanted
  const { lockTime, sequence } = machine.context
  const sameKind = lockTime < LOCKTIME_THRESHOLD === wanted < LOCKTIME_THRESHOLD
  return sameKind && wanted <= lockTime && sequence !== SEQUENCE_FINAL ? undefined : 'lock-time-unmet'
}

/** BIP112: the same of the input's relative lock, unless the wanted one says that it is none. */
const checkSequence: Operation = (machine) => {
  const wanted = wantedLock(machine)
  if (typeof wanted === 'string') return wanted
  if ((wanted & SEQUENCE_DISABLE) !== 0) return
  const { version, sequence } = machine.context
  if (version < 2 || (sequence & SEQUENCE_DISABLE) !== 0) return 'lock-time-unmet'
  const lock = sequence & SEQUENCE_MASK
  const least = wanted & SEQUENCE_MASK
  const sameKind = lock < SEQUENCE_TYPE_TIME === least < SEQUENCE_TYPE_TIME
  return sameKind && least <= lock ? undefined : 'lock-time-unmet'
}

export const LOCK_OPERATIONS: Operations = {
  [OP.CHECKLOCKTIMEVERIFY]: checkLockTime,
  [OP.CHECKSEQUENCEVERIFY]: checkSequence,
}
