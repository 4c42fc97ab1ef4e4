import { describe, expect, it } from 'vitest'
import { createProgressLine, durationText } from '../../src/cli/progress.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { createTerminalLogger } from '../../src/cli/terminal-logger.ts'
import type { Progress } from '../../src/ports/progress.ts'
import { createFakeClock } from '../support/fake-clock.ts'

function setting({ person }: { readonly person: boolean }) {
  const notes: string[] = []
  const statuses: string[] = []
  const clock = createFakeClock()
  const terminal: Terminal = {
    interactive: person,
    print: () => {},
    note: (line) => void notes.push(line),
    ...(person ? { showStatus: (line: string) => void statuses.push(line) } : {}),
    secrets: { interactive: false, ask: async () => '' },
  }
  return { notes, statuses, clock, terminal, progress: createProgressLine(terminal, clock) }
}

const blocks = (done: number, over: Partial<Progress> = {}): Progress => ({
  step: 'rebuilding',
  unit: 'blocks',
  done,
  total: 1_000,
  ...over,
})

describe('progress', () => {
  it('is one line on a terminal, with rate and estimate, which is taken away at the end', async () => {
    const { statuses, notes, clock, progress } = setting({ person: true })
    for (let second = 0; second <= 4; second++) {
      progress.report(blocks(50 * second))
      await clock.advance(1_000)
    }
    progress[Symbol.dispose]()
    expect(statuses).toEqual([
      'rebuilding: 50 of 1000 blocks, 5 %, 50 blocks/s, 19 s left',
      'rebuilding: 100 of 1000 blocks, 10 %, 50 blocks/s, 18 s left',
      'rebuilding: 150 of 1000 blocks, 15 %, 50 blocks/s, 17 s left',
      'rebuilding: 200 of 1000 blocks, 20 %, 50 blocks/s, 16 s left',
      '',
    ])
    expect(notes).toEqual([])
  })

  it('is a line now and then elsewhere, and one at the end of each step', async () => {
    const { notes, clock, progress } = setting({ person: false })
    progress.report({ step: 'looking', unit: 'bytes', done: 5_000_000, total: 5_000_000 })
    for (let done = 0; done <= 1_000; done++) {
      progress.report(blocks(done))
      await clock.advance(20)
    }
    expect(notes).toEqual([
      'looking: 5.0 of 5.0 MB, 100 %',
      'rebuilding: 500 of 1000 blocks, 50 %, 50 blocks/s, 10 s left',
      'rebuilding: 1000 of 1000 blocks, 100 %',
    ])
  })

  it('estimates by the share of the work, where blocks differ in size, and by what was last seen of it', async () => {
    const { statuses, clock, progress } = setting({ person: true })
    progress.report(blocks(0, { share: 0 }))
    await clock.advance(10_000)
    progress.report(blocks(900, { share: 0.1 }))
    expect(statuses.at(-1)).toBe('rebuilding: 900 of 1000 blocks, 10 %, 90 blocks/s, 90 s left')
    for (let done = 901; done <= 905; done++) {
      await clock.advance(10_000)
      progress.report(blocks(done, { share: 0.1 + (done - 900) / 10 }))
    }
    expect(statuses.at(-1)).toMatch(/ 60 %, 0\.1 blocks\/s, 4[01] s left$/)
  })

  it('leaves out what nobody knows', async () => {
    const { statuses, clock, progress } = setting({ person: true })
    progress.report({ step: 'checking coins', unit: 'records', done: 0, total: undefined })
    await clock.advance(1_000)
    progress.report({ step: 'checking coins', unit: 'records', done: 2_000, total: undefined })
    expect(statuses).toEqual(['checking coins: 2000 records, 2000 records/s'])
  })

  it.each([
    [0.2, '1 s'],
    [99, '99 s'],
    [100, '2 min'],
    [3_600, '60 min'],
    [36_000, '10 h'],
  ])('says %d seconds as %s', (seconds, text) => expect(durationText(seconds)).toBe(text))
})

it('tells warnings of the parts of a node in one line, and nothing else', () => {
  const { notes, terminal } = setting({ person: false })
  const logger = createTerminalLogger(terminal).child('chain')
  logger.info('chain opened', { height: 1 })
  logger.warn('block refused', { height: 2, rule: 'malformed', error: new Error('why') })
  expect(notes).toEqual(['cairn: block refused height=2 rule=malformed error=why'])
})
