import { describe, expect, it } from 'vitest'
import { withDeadline, withPace } from '../../protocols/deadline.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const settle = (): Promise<void> => new Promise(setImmediate)

async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false
  const note = () => {
    over = true
  }
  promise.then(note, note)
  await settle()
  return over
}

describe('a deadline', () => {
  it('ends what takes longer, and says what was waited for', async () => {
    const clock = createFakeClock()
    const waiting = withDeadline(clock, 100, 'answer', undefined, forever)
    await clock.advance(99)
    expect(await isOver(waiting)).toBe(false)
    await clock.advance(1)
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded', details: { what: 'answer' } })
  })
})

describe('a pace', () => {
  const start = () => {
    const clock = createFakeClock()
    const line = { received: 1_000 }
    const pace = { ms: 100, bytes: 64, received: () => line.received }
    return { clock, line, waiting: withPace(clock, pace, 'answer', undefined, forever) }
  }

  it('lets it take as long as it likes while enough comes', async () => {
    const { clock, line, waiting } = start()
    for (let i = 0; i < 50; i++) {
      line.received += 64
      await clock.advance(100)
    }
    expect(await isOver(waiting)).toBe(false)
    await clock.advance(100)
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })

  it('ends what drips: a little less than enough is nothing', async () => {
    const { clock, line, waiting } = start()
    line.received += 63
    await clock.advance(100)
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })

  it('does not count what had come before', async () => {
    const { clock, waiting } = start()
    await clock.advance(100)
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })
})
