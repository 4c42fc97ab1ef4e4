import { describe, expect, it } from 'vitest'
import { serveEvents } from '../../src/api/events/event-client.ts'
import type { EventLog, NodeEvent } from '../../src/api/events/event-log.ts'
import { eventStream } from '../../src/api/events/event-stream.ts'
import { touchedScripts } from '../../src/api/events/touched-scripts.ts'
import { EVENT_DRAIN_TIMEOUT_MS, EVENT_HEARTBEAT_MS, MAX_WAITING_EVENTS } from '../../src/api/limits.ts'
import { toHex } from '../../src/base/bytes.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'

const eventOf = (n: number): NodeEvent => ({ id: `run-${n}`, kind: 'peer', atMs: n, data: { n } })

/** A log that tells what the test says. */
function createTestLog() {
  const listeners = new Set<(event: NodeEvent) => void>()
  const log: EventLog = {
    after: () => [],
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start() {},
    stop() {},
  }
  return { log, listeners, tell: (n: number) => listeners.forEach((listener) => void listener(eventOf(n))) }
}

const streamOf = (log: EventLog, signal: AbortSignal, backlog: readonly NodeEvent[] = []) =>
  eventStream(
    { log, chain: { block: async () => undefined }, mempool: { get: () => undefined } },
    { kinds: new Set(['peer']), addresses: new Map() },
    backlog,
    signal,
  )

describe('a stream of events', () => {
  it('begins with the backlog and goes on without a gap', async () => {
    const { log, tell } = createTestLog()
    const stream = streamOf(log, new AbortController().signal, [eventOf(1), eventOf(2)])
    const first = stream.next()
    tell(3)
    expect([await first, await stream.next(), await stream.next()].map(({ value }) => value?.atMs)).toEqual([
      1, 2, 3,
    ])
  })

  it('ends, and keeps nothing, where its reader is too slow', async () => {
    const { log, listeners, tell } = createTestLog()
    const stream = streamOf(log, new AbortController().signal, [eventOf(0)])
    await stream.next()
    for (let n = 1; n <= 2 * MAX_WAITING_EVENTS; n++) tell(n)
    expect((await stream.next()).done).toBe(true)
    expect(listeners.size).toBe(0)
  })

  it('ends when it is told to, also while it waits', async () => {
    const { log, listeners } = createTestLog()
    const stop = new AbortController()
    const next = streamOf(log, stop.signal).next()
    stop.abort()
    expect((await next).done).toBe(true)
    expect(listeners.size).toBe(0)
  })
})

describe('a client of events', () => {
  it('is cut when it takes nothing for a while, and told that the connection lives before that', async () => {
    const { log, tell } = createTestLog()
    const clock = createFakeClock()
    const stop = new AbortController()
    let beats = 0
    let cut = 0
    const served = serveEvents(
      streamOf(log, stop.signal),
      {
        send: (_event, signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        beat: () => void (beats += 1),
        cut: () => void (cut += 1),
      },
      clock,
      stop.signal,
    )
    await clock.advance(EVENT_HEARTBEAT_MS)
    expect(beats).toBe(1)
    tell(1)
    await new Promise(setImmediate)
    await clock.advance(EVENT_DRAIN_TIMEOUT_MS)
    await served
    expect(cut).toBe(1)
    await clock.advance(10 * EVENT_HEARTBEAT_MS)
    expect(beats).toBe(1)
  })
})

it('the scripts that a payment touches are those of its outputs and of the coins that it spends', () => {
  const [alice, bob] = [testKey('alice'), testKey('bob')]
  const input = { outPoint: { txid: 'ab'.repeat(32) as never, vout: 0 }, coin: { value: 5_000 }, key: alice }
  const touched = touchedScripts(pay([input], [{ value: 4_000, scriptPubKey: bob.scriptPubKey }]))
  expect(touched.has(toHex(alice.scriptPubKey))).toBe(true)
  expect(touched.has(toHex(bob.scriptPubKey))).toBe(true)
})
