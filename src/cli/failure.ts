import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** The command line was not understood: exit code 2. */
export class UsageError extends CairnError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super('usage', message, details)
  }
}

const EXIT_OF_CODE: Readonly<Record<string, ExitCode>> = {
  usage: EXIT.usage,
  'config-invalid': EXIT.usage,
  'config-unreadable': EXIT.usage,
  'node-unreachable': EXIT.unreachable,
  interrupted: EXIT.interrupted,
}

/** What went wrong first: what went wrong while cleaning up after it is only a consequence. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}

export function exitCodeOf(thrown: unknown): ExitCode {
  const error = firstOf(thrown)
  // A signal knows better than its name which one it was.
  const own = error instanceof CairnError ? error.details.exitCode : undefined
  return typeof own === 'number' ? own : (EXIT_OF_CODE[errorCode(error) ?? ''] ?? EXIT.failed)
}

/** What stands on standard error: what happened, in one line; the stack only of what nobody expected. */
export function failureText(thrown: unknown): string {
  const error = firstOf(thrown)
  if (error instanceof CairnError) return `cairn: ${error.message}`
  if (error instanceof Error && error.stack !== undefined) return `cairn: unexpected failure: ${error.stack}`
  return `cairn: unexpected failure: ${errorMessage(error)}`
}
