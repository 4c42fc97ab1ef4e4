import { describe, expect, it } from 'vitest'
import { createInventoryPace } from '../../protocols/relay/inventory-pace.ts'
import { INVENTORY_BURST, INVENTORY_INTERVAL_MS } from '../../protocols/relay/protocol.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const [ALICE, BOB] = ['alice', 'bob'] as PeerId[]
const NEVER = new AbortController().signal

/** How many of so many inventories that are asked for one after the other a peer has got. */
function setUp() {
  const clock = createFakeClock()
  const pace = createInventoryPace(clock)
  const got = new Map<PeerId, number>()
  const ask = async (peer: PeerId, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await pace(peer, NEVER)
      got.set(peer, (got.get(peer) ?? 0) + 1)
    }
  }
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms)
    await new Promise(setImmediate)
  }
  return { ask, pass, of: (peer: PeerId) => got.get(peer) ?? 0 }
}

describe('inventories', () => {
  it('come a few at once, then one in each interval, however often they are asked for', async () => {
    const { ask, pass, of } = setUp()
    void ask(ALICE!, 1_000)
    await pass(0)
    expect(of(ALICE!)).toBe(INVENTORY_BURST)
    for (let n = 1; n <= 5; n++) {
      await pass(INVENTORY_INTERVAL_MS)
      expect(of(ALICE!)).toBe(INVENTORY_BURST + n)
    }
  })

  it('of one peer wait for those of no other', async () => {
    const { ask, pass, of } = setUp()
    void ask(ALICE!, 1_000)
    void ask(BOB!, 2)
    await pass(0)
    expect(of(BOB!)).toBe(2)
  })

  it('come at once again after a rest', async () => {
    const { ask, pass, of } = setUp()
    await ask(ALICE!, INVENTORY_BURST)
    await pass(INVENTORY_BURST * INVENTORY_INTERVAL_MS)
    void ask(ALICE!, 100)
    await pass(0)
    expect(of(ALICE!)).toBe(2 * INVENTORY_BURST)
  })
})
