import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createStopSignal } from '../../src/cli/signals.ts'

function setUp() {
  const source = new EventEmitter()
  const ended: number[] = []
  let now = 0
  const stop = createStopSignal(
    source,
    (code) => ended.push(code),
    () => now,
  )
  return {
    stop,
    source,
    ended,
    later(ms: number) {
      now += ms
    },
  }
}

describe('the first signal', () => {
  it('asks for a stop and remembers what it was', () => {
    const { stop, source, ended } = setUp()
    source.emit('SIGTERM')
    expect(stop.signal.aborted).toBe(true)
    expect(stop.signal.reason).toMatchObject({ code: 'interrupted', details: { exitCode: 143 } })
    expect(ended).toEqual([])
  })
})

describe('a second signal', () => {
  it('ends the process at once', () => {
    const { source, ended, later } = setUp()
    source.emit('SIGINT')
    later(1_000)
    source.emit('SIGINT')
    expect(ended).toEqual([130])
  })

  it('of another kind does so, too, however soon', () => {
    const { source, ended } = setUp()
    source.emit('SIGINT')
    source.emit('SIGTERM')
    expect(ended).toEqual([143])
  })

  it('is the first one, where npm passes on what the terminal has sent', () => {
    const { source, ended, later } = setUp()
    source.emit('SIGINT')
    later(20)
    source.emit('SIGINT')
    expect(ended).toEqual([])
  })
})

it('leaves signals to the system again when it is disposed', () => {
  const { stop, source } = setUp()
  stop[Symbol.dispose]()
  expect(source.eventNames()).toEqual([])
})
