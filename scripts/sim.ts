/**
 * `npm run sim`: hundreds of nodes in virtual time, with a seed. See `scripts/sim/README.md`;
 * `npm run sim -- --help` has the options.
 */
import { errorMessage } from '../src/base/errors.ts'
import { EXIT, type ExitCode } from '../src/cli/exit-codes.ts'
import { exitCodeOf, UsageError } from '../src/cli/failure.ts'
import { createStopSignal } from '../src/cli/signals.ts'
import { createProgress } from './cluster/progress.ts'
import { parseOptions, type SimCommand } from './sim/options.ts'
import { repeatText, reportText } from './sim/report-text.ts'
import { scenarioNamed } from './sim/scenarios.ts'
import { commandOf } from './sim/settings.ts'
import { simulate } from './sim/simulate.ts'
import { runSwarm, swarmLine } from './sim/swarm.ts'

// A person watches one line; a file or a pipe is spared it.
const progress = process.stderr.isTTY ? createProgress(process.stderr) : undefined

async function playOne({ settings, json }: SimCommand, signal: AbortSignal): Promise<ExitCode> {
  const report = await simulate(scenarioNamed(settings.scenario)!, settings, {
    signal,
    stopwatch: () => performance.now(),
    progress: (minute) => progress?.show(`${settings.scenario}: minute ${minute} of ${settings.minutes}`),
  }).catch((error: unknown) => {
    // What the simulated code throws has to be seen again as well.
    if (!signal.aborted) console.error(`sim: ${repeatText({ settings })}`)
    throw error
  })
  progress?.clear()
  const shown = { ...report, command: commandOf(settings) }
  console.log(json ? JSON.stringify(shown, undefined, 2) : reportText(report))
  if (report.passed) return EXIT.ok
  console.error(repeatText(report))
  return EXIT.failed
}

async function playSwarm(
  { settings, json }: SimCommand,
  count: number,
  signal: AbortSignal,
): Promise<ExitCode> {
  let done = 0
  const runs = await runSwarm(count, settings.seed, signal, (run) => {
    done += 1
    progress?.show(`${done} of ${count} runs`)
    if (json) return
    progress?.clear()
    console.log(swarmLine(run))
  })
  progress?.clear()
  const broken = runs.filter(({ passed }) => !passed)
  if (json)
    console.log(
      JSON.stringify({
        runs: runs.length,
        broken: broken.map((run) => ({ command: commandOf(run.settings), broken: run.broken })),
      }),
    )
  else console.log(`${runs.length - broken.length} of ${runs.length} runs hold`)
  return broken.length === 0 ? EXIT.ok : EXIT.failed
}

async function main(): Promise<ExitCode> {
  using stop = createStopSignal(
    process,
    (code) => process.exit(code),
    () => performance.now(),
  )
  try {
    const command = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text))
    if (command === undefined) return EXIT.ok
    const { swarm } = command
    return await (swarm === undefined
      ? playOne(command, stop.signal)
      : playSwarm(command, swarm, stop.signal))
  } catch (error) {
    progress?.clear()
    const reason = stop.signal.aborted ? stop.signal.reason : error
    console.error(
      `sim: ${errorMessage(reason)}${reason instanceof UsageError ? ' (--help shows all options)' : ''}`,
    )
    if (!stop.signal.aborted && !(error instanceof UsageError) && error instanceof Error)
      console.error(error.stack)
    return stop.signal.aborted ? Number(stop.signal.reason.details.exitCode) : exitCodeOf(error)
  }
}

// What still waits in simulated nodes waits for ever.
process.exit(await main())
