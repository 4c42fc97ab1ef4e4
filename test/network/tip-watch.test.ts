import { describe, expect, it } from 'vitest'
import { createTipWatch } from '../../src/network/tip-watch.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'

const MINUTE = 60_000

describe('tip watch', () => {
  it.for([
    [30, 3 * MINUTE],
    [600, 30 * MINUTE],
  ] as const)(
    'calls a tip stale after three spacings, three minutes at least: %i s',
    async ([spacing, ms]) => {
      const clock = createFakeClock()
      const { chain, mine } = await createTestChain({ clock })
      const { isStale, stop } = createTipWatch({
        chain: { events: chain.events, parameters: { ...DEV, spacing } },
        clock,
      })
      await clock.advance(ms)
      expect(isStale()).toBe(false)
      await clock.advance(1)
      expect(isStale()).toBe(true)
      await mine()
      expect(isStale()).toBe(false)
      await clock.advance(ms + 1)
      expect(isStale()).toBe(true)
      stop()
    },
  )

  it('calls none stale where blocks come when somebody makes them', async () => {
    const clock = createFakeClock()
    const { chain } = await createTestChain({ clock })
    const { isStale } = createTipWatch({ chain, clock })
    expect(chain.parameters.spacing).toBeNull()
    await clock.advance(1_000 * MINUTE)
    expect(isStale()).toBe(false)
  })
})
