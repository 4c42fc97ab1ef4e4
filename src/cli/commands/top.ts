import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { createStopSignal } from '../signals.ts'
import { printFacts, printJson, printTable } from '../table.ts'
import { peerColumns, sectionsOf } from '../top/sections.ts'
import { type Snapshot, takeSnapshot } from '../top/snapshot.ts'

/** `cairn top` */
export async function top(options: ApiOptions, context: CommandContext): Promise<void> {
  const { terminal, clock } = context
  // Each time anew: a node that was started again may be elsewhere, and has another token.
  const take = async () => takeSnapshot((await connect(options, context)).client)
  const first = await take()
  if (options.json) return printJson(terminal, first)
  if (terminal.screen === undefined) return printSnapshot(first, context)
  // Otherwise React keeps a measurement of every update for tools that nobody has opened here.
  process.env.NODE_ENV ??= 'production'
  const { showTop } = await import('../top/screen.ts')
  using stop = createStopSignal(process, (code) => process.exit(code), clock.monotonic)
  await showTop(terminal.screen, take, clock, stop.signal)
}

function printSnapshot(snapshot: Snapshot, { terminal, clock }: CommandContext): void {
  const now = clock.now()
  for (const { title, facts } of sectionsOf(snapshot, now)) {
    const named = Object.entries(facts).map(([name, cell]) => [`${title} ${name}`, cell] as const)
    printFacts(terminal, Object.fromEntries(named))
  }
  printTable(terminal, snapshot.peers, peerColumns(now))
}
