import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerScores, SCORE_THRESHOLDS, topicScores } from '../../src/network/gossip-scores.ts'
import { topicRates } from '../../src/network/topic-rates.ts'

const BLOCKS = '/cairn/0badc0de/block/1'
const TRANSACTIONS = '/cairn/0badc0de/tx/1'
const spacings = fc.double({ min: 1, max: 3_600, noNaN: true })
const ratesOf = (spacing: number | null) => topicRates({ id: '0badc0de', spacing })

/** A counter to which so much is added each second, after so many seconds. */
const counterAfter = (seconds: number, decay: number, perSecond: number): number =>
  (perSecond * (1 - decay ** seconds)) / (1 - decay)

describe('topic scores', () => {
  it('expect a block each spacing, and payments for a tenth of the room in blocks', () => {
    const rates = ratesOf(30)
    expect(rates.get(BLOCKS)).toEqual({ messagesPerSecond: 1 / 30, isSteady: true })
    expect(rates.get(TRANSACTIONS)?.messagesPerSecond).toBeCloseTo(23.8, 1)
    expect(ratesOf(null).size).toBe(0)
  })

  it('give all that deliveries can gain for twice a fair share, and no more for a crowd of messages', () => {
    fc.assert(
      fc.property(spacings, (spacing) => {
        for (const rate of ratesOf(spacing).values()) {
          const { firstMessageDeliveriesCap: cap, firstMessageDeliveriesWeight: weight } = topicScores(rate)
          expect(cap! * weight!).toBeCloseTo(20)
          const { firstMessageDeliveriesDecay: decay } = topicScores(rate)
          const fair = counterAfter(7 * 86_400, decay!, rate.messagesPerSecond / 6)
          expect(fair).toBeLessThanOrEqual(cap! / 2 + 1e-6)
        }
      }),
    )
  })

  it('cost a peer that never brings a block less than its hour in the mesh has gained', () => {
    fc.assert(
      fc.property(spacings, (spacing) => {
        const p = topicScores(ratesOf(spacing).get(BLOCKS))
        const worst = p.meshMessageDeliveriesWeight! * p.meshMessageDeliveriesThreshold! ** 2
        expect(worst).toBeCloseTo(-8)
        expect(worst + p.timeInMeshWeight! * p.timeInMeshCap!).toBeGreaterThan(0)
        expect(p.meshMessageDeliveriesActivation! / 1_000).toBeGreaterThanOrEqual(p.timeInMeshCap!)
      }),
    )
  })

  it('cost nothing where a peer brings a tenth of the blocks', () => {
    fc.assert(
      fc.property(spacings, (spacing) => {
        const p = topicScores(ratesOf(spacing).get(BLOCKS))
        const after = p.meshMessageDeliveriesActivation! / 1_000
        const counter = counterAfter(after, p.meshMessageDeliveriesDecay!, 0.1 / spacing)
        expect(counter).toBeGreaterThan(p.meshMessageDeliveriesThreshold!)
        expect(p.meshMessageDeliveriesCap!).toBeGreaterThan(p.meshMessageDeliveriesThreshold!)
      }),
    )
  })

  it('ask for no deliveries of payments, nor on a network without spacing', () => {
    expect(topicScores(ratesOf(30).get(TRANSACTIONS)).meshMessageDeliveriesWeight).toBe(0)
    expect(topicScores(undefined).meshMessageDeliveriesWeight).toBe(0)
  })

  it('let no record outweigh three invalid messages', () => {
    const { invalidMessageDeliveriesWeight } = topicScores(undefined)
    const best = peerScores(() => 0).topicScoreCap!
    expect(best + invalidMessageDeliveriesWeight!).toBeGreaterThan(0)
    expect(best + 9 * invalidMessageDeliveriesWeight!).toBeLessThan(SCORE_THRESHOLDS.graylistThreshold!)
  })

  it("see a peer's faults, but for a few that happen to everyone", () => {
    const scoreOf = (faults: number): number => peerScores(() => faults).appSpecificScore!('peer')
    expect(scoreOf(0)).toBe(0)
    expect(scoreOf(-10)).toBe(0)
    expect(scoreOf(-30)).toBe(-20)
  })
})
