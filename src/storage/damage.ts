import { CairnError, errorCode } from '../base/errors.ts'

const ADVICE = 'run `cairn reindex`'

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

/** What `read` returns, or undefined where the record turns out to be damaged. */
export function undamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (errorCode(error) === 'record-damaged') return undefined
    throw error
  }
}
