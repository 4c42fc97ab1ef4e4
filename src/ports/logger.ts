/** A fixed phrase and fields; pino in a node. */
export type LogMethod = (phrase: string, fields?: Readonly<Record<string, unknown>>) => void

export interface Logger {
  readonly trace: LogMethod
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
  /** A logger whose lines also say which part of the node wrote them. */
  child(component: string): Logger
}

const ignore: LogMethod = () => {}

/** Says nothing: for tests and for embedding without logs. */
export const SILENT_LOGGER: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => SILENT_LOGGER,
}
