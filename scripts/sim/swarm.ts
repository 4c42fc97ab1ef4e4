import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createChance } from './chance.ts'
import { SCENARIOS } from './scenarios.ts'
import { argumentsOf, commandOf, DEFAULT_SETTINGS, type SimSettings } from './settings.ts'

const SCRIPT = fileURLToPath(new URL('../sim.ts', import.meta.url))

/** Settings that a number stands for: small networks, and all kinds of wires. */
export function swarmSettings(number: number, seed: number): SimSettings {
  const chance = createChance(`swarm ${seed} ${number}`)
  const scenario = chance.pick(SCENARIOS)
  return {
    ...DEFAULT_SETTINGS,
    scenario: scenario.name,
    seed: chance.below(2 ** 32),
    nodes: scenario.leastNodes + chance.below(30),
    minutes: scenario.leastMinutes + chance.below(12),
    paymentMs: Math.round(chance.between(300, 3_000)),
    latencyScale: Math.round(chance.between(0.2, 4) * 100) / 100,
    loss: chance.below(2) === 0 ? 0 : Math.round(chance.between(0, 0.05) * 1000) / 1000,
  }
}

/** How one run of the swarm ended. */
export interface SwarmRun {
  readonly settings: SimSettings
  readonly passed: boolean
  /** what was broken, for people */
  readonly broken: readonly string[]
}

async function runOne(settings: SimSettings, signal: AbortSignal): Promise<SwarmRun> {
  const child = spawn(process.execPath, [SCRIPT, ...argumentsOf(settings), '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, notes, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code === 0) return { settings, passed: true, broken: [] }
  return { settings, passed: false, broken: brokenIn(output) ?? [notes.trim()] }
}

function brokenIn(output: string): string[] | undefined {
  try {
    const { verdicts } = JSON.parse(output) as {
      verdicts: { name: string; holds: boolean; found: string }[]
    }
    return verdicts.filter(({ holds }) => !holds).map(({ name, found }) => `${name}: ${found}`)
  } catch {
    return undefined
  }
}

/** Plays so many runs in processes of their own, as many at once as there are processors. */
export async function runSwarm(
  count: number,
  seed: number,
  signal: AbortSignal,
  told: (run: SwarmRun) => void,
): Promise<readonly SwarmRun[]> {
  const runs: SwarmRun[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted()
      const run = await runOne(swarmSettings(next++, seed), signal)
      runs.push(run)
      told(run)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, availableParallelism()) }, work))
  return runs
}

export const swarmLine = ({ settings, passed, broken }: SwarmRun): string =>
  passed
    ? `ok      ${commandOf(settings)}`
    : `BROKEN  ${commandOf(settings)}\n${broken.map((each) => `        ${each}`).join('\n')}`
