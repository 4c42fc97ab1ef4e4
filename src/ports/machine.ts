/** What a program asks of the machine that it runs on before anything else: arguments, so that tests can be any machine. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  readonly workingDirectory: string
  /** whether the log goes to a person's terminal */
  readonly interactive: boolean
  /** how many threads can run at once, at least 1 */
  readonly processors: number
  /** An absolute path: `path` itself, or from the folder `base`. */
  resolvePath(base: string, path: string): string
  /** The folder that holds `path`. */
  parentDirectory(path: string): string
  /** A text file's content; rejects with `file-unreadable`, and with `file-too-large` above `maxBytes`. */
  readTextFile(path: string, maxBytes: number): Promise<string>
}
