import type { Logger, LogMethod } from '../../src/ports/logger.ts'

export interface LogLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly phrase: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that remembers what was said. */
export function createRecordingLogger(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']): LogMethod =>
    (phrase, fields = {}) =>
      void lines.push({ level, phrase, fields })
  const logger: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return { logger, lines }
}
