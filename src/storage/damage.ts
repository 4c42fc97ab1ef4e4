import { CairnError } from '../base/errors.ts'

const ADVICE = 'delete the folder `chain` in the data directory and sync again'

/** A record that cannot be right: never a wrong answer instead. @throws CairnError `record-damaged` */
export function damaged(
  what: string,
  { cause, ...details }: { readonly cause?: unknown; readonly key?: string } = {},
): never {
  throw new CairnError(
    'record-damaged',
    `the database is damaged (${what}): ${ADVICE}`,
    { what, ...details },
    cause,
  )
}
