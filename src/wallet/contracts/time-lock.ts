import { LOCKTIME_THRESHOLD, SEQUENCE_MASK, SEQUENCE_TYPE_TIME } from '../../primitives/lock-fields.ts'
import { OP } from '../../script/opcodes.ts'
import { PAYMENT_SEQUENCE } from '../payment.ts'
import { numberOf, type Part, type ReadPart } from './script-text.ts'

/** BIP68: a relative lock by time counts units of so many seconds. */
const SECONDS_PER_UNIT = 512

/**
 * When a coin may be spent. `height` and `time` (Unix seconds, compared with the median time past) are absolute, by
 * BIP65; `blocks` and `seconds` count from the block that holds the coin, by BIP112.
 */
export interface TimeLock {
  readonly kind: 'height' | 'time' | 'blocks' | 'seconds'
  readonly value: number
}

/** The largest value of each kind; the least is 1, and of a time the first that is no height. */
const RANGE: Readonly<Record<TimeLock['kind'], readonly [least: number, most: number]>> = {
  height: [1, LOCKTIME_THRESHOLD - 1],
  time: [LOCKTIME_THRESHOLD, 0xffff_ffff],
  blocks: [1, SEQUENCE_MASK],
  seconds: [SECONDS_PER_UNIT, SECONDS_PER_UNIT * SEQUENCE_MASK],
}

export function isTimeLock({ kind, value }: TimeLock): boolean {
  const [least, most] = RANGE[kind]
  return Number.isInteger(value) && value >= least && value <= most && value % unitOf(kind) === 0
}

const unitOf = (kind: TimeLock['kind']): number => (kind === 'seconds' ? SECONDS_PER_UNIT : 1)

/** Rounded up to what a script can say: relative times count units of 512 seconds. */
export const roundedLock = ({ kind, value }: TimeLock): TimeLock => ({
  kind,
  value: Math.ceil(value / unitOf(kind)) * unitOf(kind),
})

/** The number that the script holds. */
const lockNumber = ({ kind, value }: TimeLock): number =>
  kind === 'seconds' ? SEQUENCE_TYPE_TIME + value / SECONDS_PER_UNIT : value

const isAbsolute = ({ kind }: TimeLock): boolean => kind === 'height' || kind === 'time'

/** Miniscript's `v:after(n)` and `v:older(n)`: the number stays on the stack, and VERIFY takes it. */
export const lockParts = (lock: TimeLock): Part[] => [
  lockNumber(lock),
  isAbsolute(lock) ? 'CHECKLOCKTIMEVERIFY' : 'CHECKSEQUENCEVERIFY',
  'VERIFY',
]

/** As miniscript writes it. */
export const lockText = (lock: TimeLock): string =>
  `${isAbsolute(lock) ? 'after' : 'older'}(${lockNumber(lock)})`

/** What the spending transaction has to say so that the lock is met. */
export const lockFields = (lock: TimeLock | undefined): { lockTime: number; sequence: number } => ({
  lockTime: lock !== undefined && isAbsolute(lock) ? lock.value : 0,
  sequence: lock === undefined || isAbsolute(lock) ? PAYMENT_SEQUENCE : lockNumber(lock),
})

/** Lock numbers take up to five bytes (BIP65). */
const LOCK_NUMBER_BYTES = 5

/** Reads `lockParts` back; whether the value is in range is for `isTimeLock`. */
export function readLock(
  number: ReadPart | undefined,
  operation: ReadPart | undefined,
): TimeLock | undefined {
  const value = numberOf(number, LOCK_NUMBER_BYTES)
  if (value === undefined || operation === undefined || !('opcode' in operation)) return undefined
  if (operation.opcode === OP.CHECKLOCKTIMEVERIFY)
    return { kind: value < LOCKTIME_THRESHOLD ? 'height' : 'time', value }
  if (operation.opcode !== OP.CHECKSEQUENCEVERIFY) return undefined
  return value < SEQUENCE_TYPE_TIME
    ? { kind: 'blocks', value }
    : { kind: 'seconds', value: SECONDS_PER_UNIT * (value - SEQUENCE_TYPE_TIME) }
}

/** For people. */
export const describeLock = ({ kind, value }: TimeLock): string =>
  ({
    height: `from block ${value + 1} on`,
    time: `from ${new Date(1000 * value).toISOString()} on (median time past)`,
    blocks: `${value} blocks after it was paid in`,
    seconds: `${value} seconds after it was paid in (median time past)`,
  })[kind]
