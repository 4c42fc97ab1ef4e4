import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SCENARIOS } from '../../scripts/sim/scenarios.ts'
import { DEFAULT_SETTINGS } from '../../scripts/sim/settings.ts'
import { simulate } from '../../scripts/sim/simulate.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/sim.ts', import.meta.url))

async function sim(...args: string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [output, notes] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { output, notes, code: await ended }
}

describe('npm run sim', () => {
  it('prints one JSON report, and plays in another process the same run as in this one', {
    timeout: 60_000,
  }, async () => {
    const [{ output, notes, code }, here] = await Promise.all([
      sim('--nodes', '5', '--minutes', '2', '--seed', '11', '--json'),
      simulate(
        SCENARIOS[0]!,
        { ...DEFAULT_SETTINGS, nodes: 5, minutes: 2, seed: 11 },
        { stopwatch: () => 0 },
      ),
    ])
    expect(notes).toBe('')
    expect(code).toBe(0)
    const report = JSON.parse(output)
    expect(report).toMatchObject({
      passed: true,
      traceHash: here.traceHash,
      events: here.events,
      command: 'npm run sim -- --scenario steady --nodes 5 --minutes 2 --seed 11',
    })
  })

  it('refuses a command line that cannot be meant with exit code 2', async () => {
    const { output, notes, code } = await sim('--scenario', 'calm')
    expect({ output, code }).toEqual({ output: '', code: 2 })
    expect(notes).toContain('has to be one of')
  })
})
