import { describe, expect, it } from 'vitest'
import { createSerialQueue } from '../../src/base/serial-queue.ts'

describe('serial queue', () => {
  it('runs one job at a time, in the order of asking', async () => {
    const queue = createSerialQueue()
    const log: string[] = []
    const first = Promise.withResolvers<void>()
    const done = [
      queue.run(async () => {
        log.push('a begins')
        await first.promise
        log.push('a ends')
      }),
      queue.run(() => {
        log.push('b')
      }),
      queue.run(async () => {
        log.push('c')
      }),
    ]
    await Promise.resolve()
    expect(queue.size).toBe(3)
    first.resolve()
    await Promise.all(done)
    expect(log).toEqual(['a begins', 'a ends', 'b', 'c'])
    expect(queue.size).toBe(0)
  })

  it('hands on what a job gives or throws, and goes on after a failure', async () => {
    const queue = createSerialQueue()
    const thrown = queue.run(() => {
      throw new Error('at once')
    })
    const rejected = queue.run(() => Promise.reject(new Error('later')))
    const given = queue.run(() => 7)
    await expect(thrown).rejects.toThrow('at once')
    await expect(rejected).rejects.toThrow('later')
    expect(await given).toBe(7)
    expect(queue.size).toBe(0)
  })

  it('is idle once all that was asked for has settled, failures included', async () => {
    const queue = createSerialQueue()
    await queue.idle()
    const log: string[] = []
    const gate = Promise.withResolvers<void>()
    const failing = queue.run(() => gate.promise)
    void queue.run(() => log.push('second'))
    const idle = queue.idle().then(() => log.push('idle'))
    gate.reject(new Error('failed'))
    await expect(failing).rejects.toThrow('failed')
    await idle
    expect(log).toEqual(['second', 'idle'])
  })
})
