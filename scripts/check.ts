/**
 * `npm run check`: what a contributor runs before pushing. Runs every check even where one fails, says how long each
 * took, shows the output of those that failed, and exits with 1 if any did.
 *
 * `npm run check -- types lint` runs only those named.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

interface Check {
  readonly name: string
  /** what has gone wrong where it fails, and what to do */
  readonly advice: string
  /** a script in node_modules or of ours, with its arguments, run by this Node */
  readonly command: readonly [script: string, ...args: string[]]
}

// the checks write to a pipe, and cannot see for themselves whether a terminal shows their colours
const colours = process.stdout.isTTY === true && !process.env.NO_COLOR
const { NO_COLOR: _, FORCE_COLOR: __, ...environment } = process.env
const env = { ...environment, ...(colours ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) }

const TSC = 'node_modules/typescript/bin/tsc'

const CHECKS: readonly Check[] = [
  {
    name: 'types',
    advice: 'the types do not hold',
    command: [TSC],
  },
  {
    name: 'pure-types',
    advice:
      'floors 0 to 6 or the client do not stand without the types of Node: they have to run in a browser, too',
    command: [TSC, '-p', 'test/arch/tsconfig.pure.json'],
  },
  {
    name: 'lint',
    advice: '`npm run format` mends what can be mended by itself',
    command: [
      'node_modules/@biomejs/biome/bin/biome',
      'ci',
      '--error-on-warnings',
      `--colors=${colours ? 'force' : 'off'}`,
    ],
  },
  {
    name: 'floors',
    advice: 'a law of the house is broken, a package is missing or unused, or an export is dead (test/arch)',
    command: [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/vitest.config.ts',
      '--reporter=dot',
      'test/arch',
    ],
  },
  {
    name: 'generated',
    advice: 'generated code is not up to date: `npm run generate`',
    command: ['scripts/generate.ts', '--check'],
  },
]

interface Outcome {
  readonly passed: boolean
  readonly seconds: number
  readonly output: string
}

const root = fileURLToPath(new URL('..', import.meta.url))

function run({ command }: Check): Promise<Outcome> {
  const start = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
    const finish = (passed: boolean) =>
      resolve({ passed, seconds: (performance.now() - start) / 1000, output: output.join('') })
    child.on('error', (error) => {
      output.push(error.message)
      finish(false)
    })
    child.on('close', (code) => finish(code === 0))
  })
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !CHECKS.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(`no check named ${unknown.join(', ')}: there is ${CHECKS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const failed: string[] = []
for (const check of CHECKS) {
  if (wanted.length > 0 && !wanted.includes(check.name)) continue
  const { passed, seconds, output } = await run(check)
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${check.name.padEnd(12)} ${seconds.toFixed(1).padStart(5)} s`)
  if (passed) continue
  failed.push(check.name)
  console.log(`\n${output.trim()}\n\n${check.name}: ${check.advice}\n`)
}
if (failed.length > 0) {
  console.log(`${failed.length} of the checks failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
