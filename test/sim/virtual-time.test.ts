import { describe, expect, it } from 'vitest'
import { cancelTimer, createVirtualTime } from '../../scripts/sim/virtual-time.ts'

describe('virtual time', () => {
  it('runs what was asked for in the order of its time, and of the asking where that is the same', async () => {
    const time = createVirtualTime()
    const ran: string[] = []
    for (const [ms, name] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b1'],
      [20, 'b2'],
      [0, 'now'],
    ] as const)
      time.after(ms, () => ran.push(`${name}@${time.now}`))
    await time.play(25)
    expect(ran).toEqual(['now@0', 'a@10', 'b1@20', 'b2@20'])
    expect(time.now).toBe(25)
    await time.play(100)
    expect(ran.at(-1)).toBe('c@30')
  })

  it('lets everything that waits for an event run before the next one, however long the chain of promises', async () => {
    const time = createVirtualTime()
    const ran: number[] = []
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 1_000; i++) await Promise.resolve()
      ran.push(time.now)
    }
    time.after(1, chain)
    time.after(2, () => ran.push(time.now))
    await time.play(10)
    expect(ran).toEqual([1, 2])
  })

  it('forgets what is cancelled', async () => {
    const time = createVirtualTime()
    const timer = time.after(1, () => expect.unreachable())
    cancelTimer(timer)
    await time.play(10)
    expect(time.events).toBe(0)
  })

  it('ends with what an event throws', async () => {
    const time = createVirtualTime()
    time.after(1, () => {
      throw new Error('broken')
    })
    await expect(time.play(10)).rejects.toThrow('broken')
  })

  it('ends with the reason of its signal', async () => {
    const time = createVirtualTime()
    const forever = (): void => void time.after(1, forever)
    forever()
    await expect(time.play(1e9, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})
