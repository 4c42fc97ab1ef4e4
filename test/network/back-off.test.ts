import { describe, expect, it } from 'vitest'
import { createBackOff } from '../../src/network/back-off.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const peer = 'peer' as PeerId
const named = 'named' as PeerId

function setUp() {
  const clock = createFakeClock()
  const backOff = createBackOff({
    clock,
    random: createSeededRandom('back-off'),
    isNamed: (other) => other === named,
  })
  /** how long until the peer may be dialled */
  async function pauseOf(of: PeerId): Promise<number> {
    const from = clock.monotonic()
    while (!backOff.mayDial(of)) await clock.advance(50)
    return clock.monotonic() - from
  }
  return { clock, backOff, pauseOf }
}

describe('back-off', () => {
  it('lets a peer that it knows nothing of be dialled', () => {
    expect(setUp().backOff.mayDial(peer)).toBe(true)
  })

  it('pauses for a second at most after the first failure, and twice as long each time', async () => {
    const { backOff, pauseOf } = setUp()
    for (const most of [1_000, 2_000, 4_000, 8_000]) {
      backOff.failed(peer)
      const pause = await pauseOf(peer)
      expect(pause).toBeGreaterThanOrEqual(most / 2)
      expect(pause).toBeLessThanOrEqual(most + 50)
    }
  })

  it('pauses for two minutes at most, and for 30 s at most where the user has named the peer', async () => {
    const { backOff, pauseOf } = setUp()
    for (let i = 0; i < 60; i++) {
      backOff.failed(peer)
      backOff.failed(named)
    }
    expect(await pauseOf(named)).toBeLessThanOrEqual(30_050)
    expect(await pauseOf(peer)).toBeLessThanOrEqual(120_050)
  })

  it('forgets earlier failures when a connection has lasted a minute', async () => {
    const { backOff, pauseOf } = setUp()
    for (let i = 0; i < 5; i++) backOff.failed(peer)
    backOff.failed(peer, 60_000)
    expect(await pauseOf(peer)).toBeLessThanOrEqual(1_050)
    expect(backOff.failures(peer)).toBe(1)
  })

  it('counts a connection that ends at once as a failure', async () => {
    const { backOff } = setUp()
    backOff.failed(peer, 100)
    backOff.failed(peer, 100)
    expect(backOff.failures(peer)).toBe(2)
  })

  it('leaves a peer that was let go alone for at least 15 s', async () => {
    const { backOff, pauseOf } = setUp()
    backOff.letGo(peer)
    expect(await pauseOf(peer)).toBeGreaterThanOrEqual(15_000)
  })

  it('lets the user dial at once', () => {
    const { backOff } = setUp()
    backOff.letGo(peer)
    backOff.forget(peer)
    expect(backOff.mayDial(peer)).toBe(true)
  })
})
