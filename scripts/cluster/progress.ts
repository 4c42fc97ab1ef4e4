/** What a person sees while the run goes on. */
export interface Progress {
  /** where it stands: on a terminal in the place of the one before */
  show(status: string): void
  /** something that stays on the screen */
  tell(line: string): void
  /** Takes the status away, before anything else is printed. */
  clear(): void
}

const DEFAULT_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[K'

/** One changing line on a terminal, plain lines elsewhere. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY === true
  return {
    show(status) {
      // A longer one would wrap, and only its last line be cleared; some terminals have no size.
      const width = (stream.columns || DEFAULT_COLUMNS) - 1
      stream.write(live ? `${CLEAR_LINE}${status.slice(0, width)}` : `${status}\n`)
    },
    tell(line) {
      stream.write(live ? `${CLEAR_LINE}${line}\n` : `${line}\n`)
    },
    clear() {
      if (live) stream.write(CLEAR_LINE)
    },
  }
}
