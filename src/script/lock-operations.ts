import {
  LOCKTIME_THRESHOLD,
  SEQUENCE_DISABLE,
  SEQUENCE_FINAL,
  SEQUENCE_MASK,
  SEQUENCE_TYPE_TIME,
} from '../primitives/lock-fields.ts'
import { OP } from './opcodes.ts'
import type { Operation, Operations, ScriptMachine } from './script-machine.ts'
import type { ScriptFault } from './verdict.ts'

/** Lock times are unsigned 32-bit numbers, which as script numbers may take five bytes (BIP65, BIP112). */
const LOCK_NUMBER_BYTES = 5

/** BIP112 compares the kind of a relative lock together with how long it is. */
const LOCK_MASK = SEQUENCE_TYPE_TIME | SEQUENCE_MASK

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
  const lock = sequence & LOCK_MASK
  const least = wanted & LOCK_MASK
  const sameKind = lock < SEQUENCE_TYPE_TIME === least < SEQUENCE_TYPE_TIME
  return sameKind && least <= lock ? undefined : 'lock-time-unmet'
}

export const LOCK_OPERATIONS: Operations = {
  [OP.CHECKLOCKTIMEVERIFY]: checkLockTime,
  [OP.CHECKSEQUENCEVERIFY]: checkSequence,
}
