import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../scripts/sim/options.ts'
import { repeatText } from '../../scripts/sim/report-text.ts'
import { SCENARIOS } from '../../scripts/sim/scenarios.ts'
import { argumentsOf, DEFAULT_SETTINGS } from '../../scripts/sim/settings.ts'
import { swarmSettings } from '../../scripts/sim/swarm.ts'

const ignore = (): void => {}

describe('the command line of the simulator', () => {
  it('is for 200 nodes, 60 minutes and seed 7 where it says so', () => {
    expect(parseOptions(['--nodes', '200', '--minutes', '60', '--seed', '7', '--json'], ignore)).toEqual({
      settings: { ...DEFAULT_SETTINGS, nodes: 200, minutes: 60, seed: 7 },
      json: true,
      swarm: undefined,
    })
  })

  it.each([
    { args: ['--nodes', '0'], says: '--nodes is "0", but has to be a whole number from 2 to 1000' },
    { args: ['--minutes', '1.5'], says: '--minutes' },
    { args: ['--seed', '-1'], says: '--seed' },
    { args: ['--scenario', 'calm'], says: 'has to be one of steady, cold-start' },
    { args: ['--scenario', 'eclipse', '--nodes', '3'], says: 'eclipse needs at least 6' },
    { args: ['--nods', '5'], says: "unknown option '--nods'" },
    { args: ['--loss', '2'], says: 'has to be a number from 0 to 0.5' },
    { args: ['--swarm', 'many'], says: '--swarm' },
    { args: ['5'], says: 'too many arguments' },
  ])('refuses $args with what is allowed', ({ args, says }) => {
    expect(() => parseOptions(args, ignore)).toThrow(says)
  })

  it('shows every scenario in its help', () => {
    let help = ''
    const command = parseOptions(['--help'], (text) => {
      help += text
    })
    expect(command).toBeUndefined()
    for (const { name } of SCENARIOS) expect(help).toContain(name)
  })

  it('reads the command that repeats a run as the same settings', () => {
    for (let number = 0; number < 50; number++) {
      const settings = swarmSettings(number, 3)
      expect(parseOptions(argumentsOf(settings), ignore)?.settings).toEqual(settings)
    }
  })

  it('tells of a failing run its seed and one command that repeats it', () => {
    const settings = { ...DEFAULT_SETTINGS, seed: 42, scenario: 'partition', loss: 0.01 }
    expect(repeatText({ settings })).toBe(
      'seed 42 fails; this repeats it:\n  npm run sim -- --scenario partition --nodes 50 --minutes 30 --seed 42 --loss 0.01',
    )
  })
})
