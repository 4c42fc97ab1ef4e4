import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeeEstimator, MAX_FEE_TARGET } from '../../src/mempool/fee-estimator.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createPoolWorld, openCoin, spendOpen } from './pool-world.ts'

const TARGETS = Array.from({ length: MAX_FEE_TARGET }, (_, index) => index + 1)

/** A market: so many transactions of each fee rate come with each block, and are mined after so many blocks. */
interface Fare {
  readonly feeRate: number
  readonly wait: number
  readonly count?: number
}

class Market {
  readonly estimator = new FeeEstimator()
  height = 0
  #made = 0
  readonly #due = new Map<number, Txid[]>()

  come(feeRate: number): Txid {
    const txid = toHashId<Txid>(sha256(new TextEncoder().encode(`${this.#made++}`)))
    this.estimator.watch(txid, feeRate, this.height)
    return txid
  }

  run(blocks: number, fares: readonly Fare[]): void {
    for (let n = 0; n < blocks; n++) {
      for (const { feeRate, wait, count = 3 } of fares) {
        const due = this.#due.get(this.height + wait) ?? []
        for (let each = 0; each < count; each++) due.push(this.come(feeRate))
        this.#due.set(this.height + wait, due)
      }
      this.height += 1
      this.estimator.blockConnected(this.height, this.#due.get(this.height) ?? [])
    }
  }

  all(): (number | undefined)[] {
    return TARGETS.map((target) => this.estimator.estimate(target))
  }
}

const FARES: readonly Fare[] = [
  { feeRate: 50, wait: 1 },
  { feeRate: 20, wait: 8 },
  { feeRate: 5, wait: 60 },
]

describe('fee estimation', () => {
  it('knows nothing at first', () => {
    expect(new Market().all().every((fee) => fee === undefined)).toBe(true)
  })

  it('answers with what was enough for each wait', () => {
    const market = new Market()
    market.run(400, FARES)
    for (const [target, fee] of [
      [1, 50],
      [2, 50],
      [6, 50],
      [16, 20],
      [30, 20],
      [130, 5],
      [144, 5],
    ] as const)
      expect([target, market.estimator.estimate(target)]).toEqual([target, expect.closeTo(fee, 5)])
  })

  it('follows the market within a day of blocks', () => {
    const market = new Market()
    market.run(300, [{ feeRate: 10, wait: 1 }])
    expect(market.estimator.estimate(2)).toBeCloseTo(10)
    market.run(60, [
      { feeRate: 10, wait: 200 },
      { feeRate: 80, wait: 1 },
    ])
    expect(market.estimator.estimate(2)).toBeCloseTo(80)
  })

  it('does not take what had to go unmined for what was enough', () => {
    const market = new Market()
    for (let n = 0; n < 200; n++) {
      const low = [market.come(3), market.come(3), market.come(3)]
      market.run(10, [{ feeRate: 30, wait: 1 }])
      for (const txid of low) market.estimator.fail(txid)
      // Few of them are lucky.
      if (n % 4 === 0) market.estimator.blockConnected(++market.height, [market.come(3)])
    }
    expect(market.estimator.estimate(2)).toBeCloseTo(30)
  })

  it('counts a block once, though a reorganisation connects its height again', () => {
    const market = new Market()
    market.run(100, FARES)
    const before = market.all()
    market.estimator.blockConnected(99, [])
    market.estimator.blockConnected(100, [])
    expect(market.all()).toEqual(before)
  })

  it('never asks more for a longer wait, nor more than anybody paid, whatever happens', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          feeRate: fc.integer({ min: 1, max: 20_000 }),
          wait: fc.integer({ min: 1, max: 80 }),
        }),
      },
      { weight: 1, arbitrary: fc.constant('fail' as const) },
    )
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 120 }),
        (plan, blocks) => {
          const market = new Market()
          const fares = plan.filter((each) => each !== 'fail')
          for (const each of plan) {
            if (each === 'fail') market.estimator.fail(market.come(7))
            else market.run(Math.ceil(blocks / plan.length), fares)
          }
          const answers = market.all()
          const highest = Math.max(7, ...fares.map(({ feeRate }) => feeRate))
          for (const [index, fee] of answers.entries()) {
            const longer = answers[index + 1]
            if (fee === undefined) continue
            expect(fee).toBeGreaterThan(0)
            expect(fee).toBeLessThanOrEqual(highest * 1.000001)
            if (index + 1 < answers.length) expect(longer).toBeLessThanOrEqual(fee)
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('knows the same after a restart, and nothing new of a record that is damaged', () => {
    const market = new Market()
    market.run(150, FARES)
    // What is pending is not kept.
    const fresh = new FeeEstimator()
    const saved = market.estimator.save()
    expect(fresh.load(saved, 150).ok).toBe(true)
    expect(fresh.save()).toEqual(saved)
    expect(fresh.estimate(6)).toBeCloseTo(50)
    for (const broken of [
      saved.slice(1),
      saved.slice(0, -1),
      new Uint8Array(saved.length).fill(0xff),
      new Uint8Array(0),
    ]) {
      expect(fresh.load(broken, 150).ok).toBe(false)
      expect(fresh.save()).toEqual(saved)
    }
  })

  it('goes on from the tip where the chain is shorter than the record', () => {
    const market = new Market()
    market.run(150, FARES)
    const fresh = new FeeEstimator()
    fresh.load(market.estimator.save(), 3)
    fresh.watch('11'.repeat(32) as Txid, 50, 3)
    fresh.blockConnected(4, ['11'.repeat(32) as Txid])
    expect(fresh.estimate(6)).toBeCloseTo(50)
  })
})

describe('the fees of a mempool', () => {
  it('are those that its blocks took, of payments that stand alone', async () => {
    const { mempool, coins, admit, mine } = await createPoolWorld({}, 200)
    expect(mempool.estimateFee(6)).toBeUndefined()
    const random = createSeededRandom('fees')
    let rates = 0
    for (let n = 0; n < 190; n += 3) {
      const singles = coins
        .slice(n, n + 3)
        .map((coin) => spendOpen([coin], { fee: 2_000 + random.below(50) }))
      const child = spendOpen([openCoin(singles[0]!)], { fee: 900_000 })
      await admit(...singles, child)
      rates = mempool.entries()[0]!.fee / mempool.entries()[0]!.virtualSize
      const fees = mempool.entries().reduce((sum, { fee }) => sum + fee, 0)
      await mine({ transactions: mempool.entries().map(({ transaction }) => transaction), fees })
    }
    const estimate = mempool.estimateFee(6)!
    expect(Math.abs(estimate / rates - 1)).toBeLessThan(0.05)
    expect(() => mempool.estimateFee(0)).toThrow(RangeError)
    expect(() => mempool.estimateFee(145)).toThrow(RangeError)
  })
})
