import { type DestinationStream, pino, stdSerializers } from 'pino'
import { CairnError } from '../../base/errors.ts'
import type { Logger, LogMethod } from '../../ports/logger.ts'

export interface PinoLoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly format: 'pretty' | 'json'
  /** whether the pretty format may use colours */
  readonly colours: boolean
  /** where lines go; standard output unless told */
  readonly destination?: DestinationStream
}

type PinoLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/**
 * Logs lines with a fixed phrase and fields, one JSON object a line or for people.
 * Writes are synchronous: the last line before the process ends is the one that matters most.
 */
export async function createPinoLogger(options: PinoLoggerOptions): Promise<Logger> {
  const { level, format, destination = pino.destination({ fd: 1, sync: true }) } = options
  const stream = format === 'json' ? destination : await prettyStream(options, destination)
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, cause: describeError },
    },
    stream,
  )
  return wrap(root)
}

async function prettyStream(
  { colours }: PinoLoggerOptions,
  destination: DestinationStream,
): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory({
    colorize: colours,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'component',
    singleLine: true,
    messageFormat: (log, key) => (log.component ? `[${log.component}] ${log[key]}` : String(log[key])),
  })
  return { write: (line) => destination.write(format(line)) }
}

function wrap(logger: pino.Logger): Logger {
  const method =
    (level: PinoLevel): LogMethod =>
    (phrase, fields) => {
      if (fields === undefined) logger[level](phrase)
      else logger[level](plainFields(fields), phrase)
    }
  return {
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (component) => wrap(logger.child({ component })),
  }
}

/** Work and targets as hex, as the API writes them. */
function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields))
    plain[key] = typeof value === 'bigint' ? value.toString(16) : value
  return plain
}

/** Ours are told by code and details; the stack is for what nobody expected. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (!(error instanceof CairnError)) return stdSerializers.err(error)
  const { code, message, details, cause } = error
  return {
    code,
    message,
    ...(Object.keys(details).length > 0 ? { details } : {}),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  }
}
