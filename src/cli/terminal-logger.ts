import type { Logger, LogMethod } from '../ports/logger.ts'
import { SILENT_LOGGER } from '../ports/logger.ts'
import type { Terminal } from './terminal.ts'

/** Tells warnings and errors of the node's parts on standard error, for commands that use them without a node. */
export function createTerminalLogger(terminal: Pick<Terminal, 'note'>): Logger {
  const tell: LogMethod = (phrase, fields = {}) => {
    const texts = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`)
    terminal.note(['cairn:', phrase, ...texts].join(' '))
  }
  const logger: Logger = { ...SILENT_LOGGER, warn: tell, error: tell, child: () => logger }
  return logger
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
