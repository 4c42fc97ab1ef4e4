import type { GivenFlags } from '../../node/config-layers.ts'
import { loadConfig } from '../../node/config-load.ts'
import { type Reindexed, reindex as reindexDatabase } from '../../node/reindex.ts'
import type { CommandContext } from '../context.ts'
import { createProgressLine } from '../progress.ts'
import { createStopSignal } from '../signals.ts'
import { printFacts, printJson } from '../table.ts'
import { createTerminalLogger } from '../terminal-logger.ts'

export interface ReindexOptions {
  readonly flags: GivenFlags
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/** `cairn reindex` */
export async function reindex(options: ReindexOptions, context: CommandContext): Promise<void> {
  const { machine, terminal, clock, random } = context
  using stop = createStopSignal(process, (code) => process.exit(code), clock.monotonic)
  const config = await loadConfig(options.flags, options.config, machine)
  const from = clock.monotonic()
  using progress = createProgressLine(terminal, clock)
  const logger = createTerminalLogger(terminal)
  const result = await reindexDatabase(
    config,
    { clock, random, logger, report: progress.report },
    stop.signal,
  )
  const seconds = Math.round((clock.monotonic() - from) / 100) / 10
  if (options.json) return printJson(terminal, { ...result, seconds })
  printFacts(terminal, {
    blocks: result.blocks,
    height: result.height,
    tip: result.tip,
    waiting: result.waiting > 0 ? `${result.waiting} blocks, for others that are missing` : undefined,
    'left out': leftOut(result.skipped),
    took: `${seconds} s`,
  })
  if (result.waiting > 0 || leftOut(result.skipped) !== undefined)
    terminal.note('A node fetches what is missing from its peers.')
}

function leftOut({ damaged, unconnected, refused }: Reindexed['skipped']): string | undefined {
  const parts = [
    ...(damaged > 0 ? [`${damaged} damaged`] : []),
    ...(unconnected > 0 ? [`${unconnected} unconnected`] : []),
    ...Object.entries(refused).map(([rule, count]) => `${count} refused (${rule})`),
  ]
  return parts.length > 0 ? parts.join(', ') : undefined
}
