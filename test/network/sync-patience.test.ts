import { describe, expect, it } from 'vitest'
import { createStallPatience } from '../../src/network/sync-patience.ts'

describe('patience with peers that stall', () => {
  it('is two seconds, doubles with each replaced peer up to 64, and shrinks again with blocks', () => {
    const patience = createStallPatience()
    const seen = Array.from({ length: 7 }, () => {
      const { ms } = patience
      patience.replaced()
      return ms
    })
    expect(seen).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 64_000])
    patience.connected()
    expect(patience.ms).toBeCloseTo(54_400)
    for (let i = 0; i < 100; i++) patience.connected()
    expect(patience.ms).toBe(2_000)
  })
})
