import type { Verified } from '../../chain/verify/verify-chain.ts'
import { verify as verifyDatabase } from '../../node/verify.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { createProgressLine } from '../progress.ts'
import { createStopSignal } from '../signals.ts'
import { printFacts, printJson, printTable } from '../table.ts'

export interface VerifyOptions extends NodeOptions {
  readonly signatures?: boolean
}

const REPLAYED: Readonly<Record<Verified['replayed'], string>> = {
  all: 'each worked out anew from the blocks',
  'kept blocks': 'worked out anew as far as blocks are kept; older coins cannot be, since theirs are pruned',
  none: 'not worked out anew, since something is missing for it',
}

/** `cairn verify` */
export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, clock, random } = context
  using stop = createStopSignal(process, (code) => process.exit(code), clock.monotonic)
  const config = await configOf(options, context)
  const from = clock.monotonic()
  using progress = createProgressLine(terminal, clock)
  const { findings, bytes, verified } = await verifyDatabase(
    config,
    { clock, random, report: progress.report },
    { withSignatures: options.signatures ?? false },
    stop.signal,
  )
  const seconds = Math.round((clock.monotonic() - from) / 100) / 10
  const sound = findings.length === 0
  if (options.json) {
    printJson(terminal, { sound, findings, bytes, ...verified, seconds })
    return sound ? EXIT.ok : EXIT.failed
  }
  if (!sound)
    printTable(terminal, findings, [
      { title: 'FOUND', cell: ({ code }) => code },
      { title: 'TIMES', align: 'right', cell: ({ count }) => count },
      { title: 'WHAT IS WRONG', cell: ({ sentence }) => sentence },
      {
        title: 'WHERE',
        cell: ({ examples, count }) => examples.join(', ') + (count > examples.length ? ', …' : ''),
      },
    ])
  printFacts(terminal, {
    result: sound ? 'sound' : 'damaged',
    files: `${(bytes / 1_000_000).toFixed(1)} MB`,
    records: verified?.records,
    headers: verified?.headers,
    bodies: verified?.bodies,
    coins:
      verified && `${verified.coins} as of height ${verified.height ?? '?'}, ${REPLAYED[verified.replayed]}`,
    signatures: verified === undefined ? undefined : options.signatures ? 'verified' : 'not verified',
    took: `${seconds} s`,
  })
  if (!sound) terminal.note('`cairn reindex` makes the database anew from the blocks that can be read.')
  return sound ? EXIT.ok : EXIT.failed
}
