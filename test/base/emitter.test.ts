import { describe, expect, it } from 'vitest'
import { createEmitter } from '../../src/base/emitter.ts'

interface Events {
  counted: number
  named: string
}

describe('emitter', () => {
  it('calls the listeners of an event in the order in which they came, and no others', () => {
    const emitter = createEmitter<Events>()
    const log: unknown[] = []
    emitter.on('counted', (n) => log.push(['first', n]))
    emitter.on('counted', (n) => log.push(['second', n]))
    emitter.on('named', (name) => log.push(name))
    emitter.emit('counted', 1)
    expect(log).toEqual([
      ['first', 1],
      ['second', 1],
    ])
  })

  it('stops calling a listener once told to, even in the midst of an event', () => {
    const emitter = createEmitter<Events>()
    const log: string[] = []
    emitter.on('named', () => stop())
    const stop = emitter.on('named', (name) => log.push(name))
    emitter.emit('named', 'a')
    emitter.emit('named', 'b')
    stop()
    expect(log).toEqual([])
  })

  it('keeps two registrations of one function apart', () => {
    const emitter = createEmitter<Events>()
    let sum = 0
    const add = (n: number) => {
      sum += n
    }
    const stopFirst = emitter.on('counted', add)
    emitter.on('counted', add)
    emitter.emit('counted', 1)
    expect(sum).toBe(2)
    stopFirst()
    stopFirst()
    emitter.emit('counted', 10)
    expect(sum).toBe(12)
  })

  it('does not call a listener for the event during which it came', () => {
    const emitter = createEmitter<Events>()
    const log: string[] = []
    emitter.on('named', () => {
      emitter.on('named', (name) => log.push(name))
    })
    emitter.emit('named', 'a')
    expect(log).toEqual([])
    emitter.emit('named', 'b')
    expect(log).toEqual(['b'])
  })

  it('keeps a failing listener from the sender and from the other listeners', () => {
    const errors: unknown[] = []
    const emitter = createEmitter<Events>((error) => errors.push(error))
    const log: number[] = []
    const failure = new Error('mine')
    emitter.on('counted', () => {
      throw failure
    })
    emitter.on('counted', (n) => log.push(n))
    emitter.emit('counted', 3)
    expect(log).toEqual([3])
    expect(errors).toEqual([failure])
  })
})
