#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { systemClock } from '../platform/node/clock.ts'
import { createMachine } from '../platform/node/machine.ts'
import { systemRandom } from '../platform/node/random.ts'
import { createProcessTerminal } from './process-terminal.ts'

enableCompileCache()
const { run } = await import('./run.ts')
const code = await run(process.argv.slice(2), {
  machine: createMachine(),
  terminal: createProcessTerminal(),
  clock: systemClock,
  random: systemRandom,
  fetch: globalThis.fetch,
})
// Nothing that was left open, such as a pipe that we have read a line of, keeps the process; but all is written.
process.stdout.write('', () => process.exit(code))
