/** Where a command reads from and writes to. */
export interface Terminal {
  /** whether standard output is a person's terminal; otherwise another program reads it */
  readonly interactive: boolean
  /** A line on standard output: the answer. */
  print(line: string): void
  /** A line on standard error: everything that is not the answer. */
  note(line: string): void
  /**
   * Where standard error is a person's terminal: shows a line there until another one, or something else, takes its
   * place; an empty one only takes it away.
   */
  readonly showStatus?: ((line: string) => void) | undefined
  readonly secrets: SecretInput
  /** what a view that fills it is drawn on, where a person sits at both ends */
  readonly screen?: Screen | undefined
}

/** A person's terminal. */
export interface Screen {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Asks for what must not be seen. */
export interface SecretInput {
  /** whether a person is there to be asked; otherwise answers are the lines of standard input */
  readonly interactive: boolean
  /** The answer, or the next line of standard input (empty at its end). Rejects with `interrupted`. */
  ask(prompt: string): Promise<string>
}
