import { describe, expect, it } from 'vitest'
import { MAX_PENDING_MS } from '../../src/mempool/departures.ts'
import { FeeFloor, FLOOR_HALF_LIFE_MS } from '../../src/mempool/fee-floor.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createPoolWorld, openCoin, type PoolWorld, spendOpen } from './pool-world.ts'

/** Pays so many base units for each of the first coins. */
const fillWith = ({ coins, admit }: PoolWorld, fees: readonly number[]) =>
  admit(...fees.map((fee, n) => spendOpen([coins[n]!], { fee })))

describe('eviction', () => {
  it('spares a parent that pays little for the sake of a child that pays much', async () => {
    const world = await createPoolWorld({ maxVirtualBytes: 600 })
    const { coins, admit, mempool } = world
    const parent = spendOpen([coins[20]!], { fee: 100 })
    await admit(parent, spendOpen([openCoin(parent)], { fee: 30_000 }))
    await fillWith(world, [2_000, 3_000, 4_000, 5_000, 6_000])
    expect(mempool.get(parent.txid)).toBeDefined()
    expect(mempool.virtualBytes).toBeLessThanOrEqual(600)
    expect(world.removed.map(({ reason }) => reason)).toContain('evicted')
  })

  it('raises the floor above what had to go, and what pays less is told so', async () => {
    const world = await createPoolWorld({ maxVirtualBytes: 600 })
    const { coins, mempool, code, removed } = world
    await fillWith(world, [2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000])
    const rates = removed.map(({ entry }) => entry.fee / entry.virtualSize)
    expect(mempool.minFeeRate()).toBe(Math.max(...rates) + 1)
    expect(await code(spendOpen([coins[30]!], { fee: removed.at(-1)!.entry.fee }))).toBe('fee-below-floor')
    expect(await code(spendOpen([coins[30]!], { fee: 50 }))).toBe('fee-below-minimum')
  })

  it('lets the floor stand until a block has made room, then fall', async () => {
    const world = await createPoolWorld({ maxVirtualBytes: 600 })
    await fillWith(world, [2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000])
    const floor = world.mempool.minFeeRate()
    await world.clock.advance(FLOOR_HALF_LIFE_MS)
    expect(world.mempool.minFeeRate()).toBe(floor)
    await world.mine()
    await world.clock.advance(FLOOR_HALF_LIFE_MS)
    expect(world.mempool.minFeeRate()).toBeCloseTo(floor / 2)
  })
})

describe('the rising floor', () => {
  it('halves in 12 hours, in 6 below half of the cap, in 3 below a quarter, and ends', async () => {
    const clock = createFakeClock()
    const floor = new FeeFloor(clock)
    const rateAfter = async (fullness: number, ms: number): Promise<number> => {
      await clock.advance(ms)
      return floor.rate(fullness)
    }
    floor.evicted(63)
    floor.blockConnected()
    expect(await rateAfter(1, FLOOR_HALF_LIFE_MS)).toBe(32)
    expect(await rateAfter(0.4, FLOOR_HALF_LIFE_MS / 2)).toBe(16)
    expect(await rateAfter(0.2, FLOOR_HALF_LIFE_MS / 4)).toBe(8)
    expect(await rateAfter(0.2, (FLOOR_HALF_LIFE_MS / 4) * 3)).toBe(1)
    expect(await rateAfter(1, FLOOR_HALF_LIFE_MS * 1.1)).toBe(0)
    expect(await rateAfter(1, FLOOR_HALF_LIFE_MS)).toBe(0)
  })

  it('never falls because something that paid less had to go', () => {
    const floor = new FeeFloor(createFakeClock())
    floor.evicted(10)
    floor.evicted(5)
    expect(floor.rate(1)).toBe(11)
  })
})

describe('expiry', () => {
  it('lets go of what has been pending for two weeks, with what builds on it', async () => {
    const { coins, admit, clock, mine, departures, pendingIds } = await createPoolWorld()
    const old = spendOpen([coins[0]!], { fee: 500 })
    await admit(old)
    await clock.advance(MAX_PENDING_MS)
    const [young, child] = [spendOpen([coins[1]!], { fee: 500 }), spendOpen([openCoin(old)], { fee: 500 })]
    await admit(young, child)
    await clock.advance(10 * 60_000)
    await mine()
    expect(pendingIds()).toEqual([young.txid])
    expect(departures()).toEqual([
      [old.txid, 'expired'],
      [child.txid, 'expired'],
    ])
  })
})
