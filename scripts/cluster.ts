/**
 * `npm run cluster`: real nodes on this machine mine, pay, crash, come back and join, and have to agree in the end.
 * See `scripts/README.md`; `npm run cluster -- --help` has the options.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage } from '../src/base/errors.ts'
import { EXIT, type ExitCode } from '../src/cli/exit-codes.ts'
import { exitCodeOf, UsageError } from '../src/cli/failure.ts'
import { createStopSignal } from '../src/cli/signals.ts'
import { builtInNetwork } from '../src/consensus/networks.ts'
import { audit } from './cluster/audit.ts'
import { ClusterFailure, failureReport } from './cluster/failure.ts'
import { createMembers } from './cluster/members.ts'
import { createNodeLauncher } from './cluster/node-process.ts'
import { type ClusterOptions, parseOptions, USAGE } from './cluster/options.ts'
import { makePlan } from './cluster/plan.ts'
import { createProgress, type Progress } from './cluster/progress.ts'
import { jsonReport, type Outcome, passed, textReport } from './cluster/report.ts'
import { playScenario } from './cluster/scenario.ts'

const network = builtInNetwork('dev')

/** Runs the cluster in a folder of its own; nothing of it is left afterwards unless the folder is to be kept. */
async function run(options: ClusterOptions, progress: Progress, signal: AbortSignal): Promise<Outcome> {
  const from = performance.now()
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'cairn-cluster-'))
  cleanup.defer(async () => {
    if (options.keep) progress.tell(`data and logs are in ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  })
  const launcher = createNodeLauncher((input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) }),
  )
  // A second Ctrl-C does not wait for anything.
  const leave = () => {
    launcher.killAll()
    if (!options.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', leave)
  cleanup.defer(async () => {
    await launcher.stopAll()
    process.off('exit', leave)
  })
  const members = await createMembers({ count: options.nodes + 1, folder, network, launcher, signal })
  const result = await playScenario(options, makePlan(options, network), { members, progress, signal })
  progress.show('asking every node for its chain and coins')
  return {
    options,
    result,
    audit: await audit(members, result.payments, options.blocks, network),
    seconds: (performance.now() - from) / 1000,
    folder: options.keep ? folder : undefined,
  }
}

function explain(error: unknown): string {
  if (error instanceof ClusterFailure) return failureReport(error)
  if (error instanceof UsageError) return `${error.message} (--help shows all options)`
  return errorMessage(error)
}

async function main(): Promise<ExitCode> {
  using stop = createStopSignal(
    process,
    (code) => process.exit(code),
    () => performance.now(),
  )
  let progress: Progress | undefined
  try {
    const options = parseOptions(process.argv.slice(2), network)
    if (options === undefined) {
      console.log(USAGE)
      return EXIT.ok
    }
    progress = createProgress(options.json ? process.stderr : process.stdout)
    const outcome = await run(options, progress, stop.signal)
    progress.clear()
    console.log(options.json ? jsonReport(outcome) : textReport(outcome))
    return passed(outcome.audit) ? EXIT.ok : EXIT.failed
  } catch (error) {
    progress?.clear()
    // What fails once we were told to stop fails because of that.
    const reason = stop.signal.aborted ? stop.signal.reason : error
    console.error(`cluster: ${explain(reason)}`)
    return stop.signal.aborted ? Number(stop.signal.reason.details.exitCode) : exitCodeOf(error)
  }
}

process.exitCode = await main()
