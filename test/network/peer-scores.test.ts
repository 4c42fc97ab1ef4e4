import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScoreRecord } from '../../src/network/peer-records.ts'
import { createPeerScores } from '../../src/network/peer-scores.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { memoryRecords } from '../support/peer-records.ts'

const peer = 'peer' as PeerId

function setUp(records = memoryRecords<ScoreRecord>(), clock = createFakeClock()) {
  return { clock, records, scores: createPeerScores({ records, clock, logger: SILENT_LOGGER }) }
}

describe('peer scores', () => {
  it('bans for five faults within two minutes', async () => {
    const { scores, clock } = setUp()
    for (let i = 0; i < 4; i++) {
      expect(scores.blame(peer, 'misbehaved')).toBe(false)
      await clock.advance(30_000)
    }
    expect(scores.blame(peer, 'misbehaved')).toBe(true)
  })

  it('never bans for not answering, as often as we dial again', async () => {
    const { scores, clock } = setUp()
    for (let i = 0; i < 1_000; i++) {
      expect(scores.blame(peer, 'unhelpful')).toBe(false)
      await clock.advance(15_000)
    }
  })

  it('forgets half in five minutes, and all in time', async () => {
    const { scores, clock } = setUp()
    scores.blame(peer, 'misbehaved')
    expect(scores.of(peer)).toBe(-20)
    await clock.advance(300_000)
    expect(scores.of(peer)).toBeCloseTo(-10)
    await clock.advance(86_400_000)
    expect(scores.of(peer)).toBeCloseTo(0)
  })

  it('remembers over a restart, which washes nothing off', async () => {
    const { scores, records, clock } = setUp()
    for (let i = 0; i < 4; i++) scores.blame(peer, 'misbehaved')
    scores.blame('better' as PeerId, 'unhelpful')
    const next = setUp(records, clock)
    await next.scores.load()
    expect(next.scores.of(peer)).toBe(-80 + 0)
    expect(next.scores.blame(peer, 'unhelpful')).toBe(true)
    await clock.advance(3_600_000)
    await setUp(records, clock).scores.load()
    expect(records.kept.size).toBe(0)
  })

  it('forgives when told', () => {
    const { scores, records } = setUp()
    scores.blame(peer, 'misbehaved')
    scores.forgive(peer)
    expect(scores.of(peer)).toBe(0)
    expect(records.kept.size).toBe(0)
  })

  it('keeps 10,000 scores, the worst ones', () => {
    const { scores, records } = setUp()
    for (let i = 0; i < 3; i++) scores.blame(peer, 'misbehaved')
    for (let i = 0; i < 12_000; i++) scores.blame(`crowd ${i}` as PeerId, 'unhelpful')
    expect(records.kept.size).toBeLessThanOrEqual(10_000)
    expect(scores.of(peer)).toBe(-60)
  })

  it('is never above 0, and only time makes it better', () => {
    const steps = fc.array(
      fc.oneof(fc.constantFrom('misbehaved' as const, 'unhelpful' as const), fc.nat({ max: 3_600_000 })),
      { maxLength: 30 },
    )
    fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { scores, clock } = setUp()
        for (const step of all) {
          const before = scores.of(peer)
          if (typeof step === 'number') await clock.advance(step)
          else scores.blame(peer, step)
          expect(scores.of(peer)).toBeLessThanOrEqual(0)
          if (typeof step === 'number') expect(scores.of(peer)).toBeGreaterThanOrEqual(before)
          else expect(scores.of(peer)).toBeLessThan(before)
        }
      }),
      { numRuns: 50 },
    )
  })
})
