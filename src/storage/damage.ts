import { CairnError } from '../base/errors.ts'

/** A record whose checksum holds but whose content does not: never a wrong answer instead. */
export function damaged(what: string, cause?: unknown): never {
  throw new CairnError('record-damaged', `the database holds a damaged record (${what})`, { what }, cause)
}
