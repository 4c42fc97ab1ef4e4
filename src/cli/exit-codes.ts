/** What a command ends with; `128 + n` after signal n, as shells do. */
export const EXIT = {
  ok: 0,
  /** it was understood and could not be done */
  failed: 1,
  /** it was not understood */
  usage: 2,
  /** the node did not answer */
  unreachable: 3,
  /** Ctrl-C at a prompt */
  interrupted: 130,
} as const

export type ExitCode = number
