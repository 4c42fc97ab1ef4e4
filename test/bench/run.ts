/**
 * Runs one bench: `npm run bench -- <name> [--json] [options of the bench]`.
 * Ends with exit code 0 where it ran, whether or not its goals are met, and with another where it could not.
 */
import { readdir } from 'node:fs/promises'
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os'
import type { Bench, BenchResult, Goal } from './bench.ts'

const SUFFIX = '.bench.ts'

async function listBenches(): Promise<string[]> {
  const files = await readdir(import.meta.dirname)
  return files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort()
}

async function load(name: string): Promise<Bench> {
  const module: { readonly bench: Bench } = await import(`./${name}${SUFFIX}`)
  return module.bench
}

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
  platform: `${platform()} ${arch()}`,
  node: process.version,
  /** of the minute before the bench: what else the machine was busy with */
  loadAverage: Number(loadavg()[0]!.toFixed(2)),
})

type Machine = ReturnType<typeof describeMachine>

/** Six digits: more would be noise. */
const round = (value: number): number => Number(value.toPrecision(6))

const rounded = ({ figures, goals }: BenchResult): BenchResult => ({
  figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)])),
  goals: goals.map((goal) => ({ ...goal, value: round(goal.value) })),
})

function format(value: number): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

function table(name: string, machine: Machine, { figures, goals }: BenchResult): string {
  const goalOf = new Map<string, Goal>(goals.map((goal) => [goal.figure, goal]))
  const rows = Object.entries(figures).map(([figure, value]) => {
    const goal = goalOf.get(figure)
    return [figure, format(value), goal?.goal ?? '', goal === undefined ? '' : goal.met ? 'met' : 'NOT MET']
  })
  const cells = [['figure', 'value', 'goal', ''], ...rows]
  const width = (column: number): number => Math.max(...cells.map((row) => row[column]!.length))
  const widths = [width(0), width(1), width(2)]
  const lines = cells.map(([figure, value, goal, met]) =>
    [figure!.padEnd(widths[0]!), value!.padStart(widths[1]!), goal!.padEnd(widths[2]!), met]
      .join('  ')
      .trimEnd(),
  )
  const { cpu, cores, node, loadAverage } = machine
  return [`${name}: ${cpu}, ${cores} cores, Node ${node}, load ${loadAverage}`, '', ...lines].join('\n')
}

async function printAvailable(names: readonly string[], print: (line: string) => void): Promise<void> {
  print('Usage: npm run bench -- <name> [--json] [options of the bench]')
  for (const name of names) print(`  ${name.padEnd(14)} ${(await load(name)).description}`)
}

async function main(argv: readonly string[]): Promise<number> {
  const names = await listBenches()
  const name = argv.find((arg) => !arg.startsWith('-'))
  if (name === undefined) {
    await printAvailable(names, console.log)
    return argv.some((arg) => arg !== '--help') ? 1 : 0
  }
  if (!names.includes(name)) {
    console.error(`There is no bench ${name}.`)
    await printAvailable(names, console.error)
    return 1
  }
  const rest = argv.toSpliced(argv.indexOf(name), 1)
  const machine = describeMachine()
  const bench = await load(name)
  const result = rounded(await bench.run(rest.filter((arg) => arg !== '--json')))
  if (rest.includes('--json')) console.log(JSON.stringify({ bench: bench.name, machine, ...result }, null, 2))
  else console.log(table(bench.name, machine, result))
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error('The bench failed:', error)
  process.exitCode = 1
}
