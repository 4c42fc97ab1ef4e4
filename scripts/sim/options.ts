import { Command, CommanderError, Option } from 'commander'
import { UsageError } from '../../src/cli/failure.ts'
import { SCENARIOS, scenarioNamed } from './scenarios.ts'
import { DEFAULT_SETTINGS, type SimSettings } from './settings.ts'

/** What a command line asks for. */
export interface SimCommand {
  readonly settings: SimSettings
  readonly json: boolean
  /** runs with settings by chance instead of one with these */
  readonly swarm: number | undefined
}

interface Flags {
  readonly nodes: string
  readonly minutes: string
  readonly seed: string
  readonly scenario: string
  readonly paymentMs: string
  readonly latency: string
  readonly loss: string
  readonly swarm?: string
  readonly json: boolean
}

const LIMITS = {
  nodes: [2, 1_000],
  minutes: [1, 600],
  seed: [0, 2 ** 32 - 1],
  'payment-ms': [50, 600_000],
  latency: [0.01, 20],
  loss: [0, 0.5],
  swarm: [1, 100_000],
} as const

const FRACTIONS: ReadonlySet<string> = new Set(['latency', 'loss'])

function numberOf(name: keyof typeof LIMITS, text: string): number {
  const [least, most] = LIMITS[name]
  const whole = !FRACTIONS.has(name)
  const value = (whole ? /^\d{1,10}$/ : /^\d{1,4}(?:\.\d{1,6})?$/).test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new UsageError(
      `--${name} is ${JSON.stringify(text)}, but has to be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
    )
  return value
}

const flag = (flags: string, description: string, fallback: number): Option =>
  new Option(flags, description).default(String(fallback))

function createProgram(write: (text: string) => void): Command {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  const scenarios = SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return new Command('npm run sim --')
    .description(
      'Plays a network of nodes in virtual time: the real chain, mempool, miner, sync, relay and peer management over ' +
        'simulated wires. The same command plays the same run. Exit code 0 only if everything holds that has to.',
    )
    .addOption(flag('--nodes <n>', 'honest nodes; scenarios add adversaries', DEFAULT_SETTINGS.nodes))
    .addOption(flag('--minutes <n>', 'virtual minutes', DEFAULT_SETTINGS.minutes))
    .addOption(flag('--seed <n>', 'of all chance', DEFAULT_SETTINGS.seed))
    .option('--scenario <name>', 'what happens, see below', DEFAULT_SETTINGS.scenario)
    .addOption(
      flag('--payment-ms <n>', 'virtual time between payments, on average', DEFAULT_SETTINGS.paymentMs),
    )
    .addOption(flag('--latency <n>', 'multiplies all delays', DEFAULT_SETTINGS.latencyScale))
    .addOption(flag('--loss <n>', 'share of what is sent that is lost once', DEFAULT_SETTINGS.loss))
    .option('--swarm <n>', 'so many runs of small networks with seeds, scenarios and settings by chance')
    .option('--json', 'the report as one JSON object; progress on standard error', false)
    .addHelpText('after', `\nScenarios:\n${scenarios.join('\n')}`)
    .helpOption('--help', 'show this text')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {} })
}

/**
 * Reads the command line; undefined where help was asked for, which has been written then.
 * @throws UsageError with what is allowed
 */
export function parseOptions(args: readonly string[], write: (text: string) => void): SimCommand | undefined {
  const program = createProgram(write)
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    throw new UsageError(error.message.replace(/^error: /, ''))
  }
  const flags = program.opts<Flags>()
  const settings: SimSettings = {
    scenario: flags.scenario,
    nodes: numberOf('nodes', flags.nodes),
    minutes: numberOf('minutes', flags.minutes),
    seed: numberOf('seed', flags.seed),
    paymentMs: numberOf('payment-ms', flags.paymentMs),
    latencyScale: numberOf('latency', flags.latency),
    loss: numberOf('loss', flags.loss),
  }
  const scenario = scenarioNamed(settings.scenario)
  if (scenario === undefined)
    throw new UsageError(
      `--scenario is ${JSON.stringify(settings.scenario)}, but has to be one of ${SCENARIOS.map(({ name }) => name).join(', ')}`,
    )
  for (const [name, least] of [
    ['nodes', scenario.leastNodes],
    ['minutes', scenario.leastMinutes],
  ] as const)
    if (settings[name] < least)
      throw new UsageError(`--${name} is ${settings[name]}, but ${scenario.name} needs at least ${least}`)
  return {
    settings,
    json: flags.json,
    swarm: flags.swarm === undefined ? undefined : numberOf('swarm', flags.swarm),
  }
}
