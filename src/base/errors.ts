/**
 * A failure of the outside world (disk, network, configuration) or of the caller: never a broken consensus rule.
 * `code` is stable and meant for programs, `message` for people, `details` for both.
 */
export class CairnError extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CairnError'
    this.code = code
    this.details = details
  }
}

/** Crashes when something that must always hold does not: a bug of ours, not an input of theirs. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`)
}

/** The `code` of a Node, LevelDB or Cairn error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** A sentence for a log or a terminal from anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
