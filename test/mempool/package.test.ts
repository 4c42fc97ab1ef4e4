import { describe, expect, it } from 'vitest'
import { selectTransactions } from '../../src/mining/selection.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { createPoolWorld, openChain, openCoin, type PoolWorld, spendOpen } from './pool-world.ts'
import { of, spendWith } from './script-spend.ts'

const codes = async ({ mempool }: PoolWorld, ...transactions: readonly Transaction[]) =>
  (await mempool.acceptPackage(transactions)).map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))

describe('a package', () => {
  it('brings in a parent whose fee is too low with the child that pays for it, to be mined in that order', async () => {
    const world = await createPoolWorld()
    const parent = spendOpen([world.coins[0]!], { fee: 0 })
    const child = spendOpen([openCoin(parent)], { fee: 1_000 })
    expect(await world.code(parent)).toBe('fee-below-minimum')
    expect(await codes(world, parent, child)).toEqual(['ok', 'ok'])
    expect(world.pendingIds()).toEqual([parent.txid, child.txid])
    const limits = { weight: 10_000, sigopsCost: 100, height: 100, medianTimePast: 2e9 }
    const { transactions } = selectTransactions(world.mempool.entries(), limits)
    expect(transactions.map(({ txid }) => txid)).toEqual([parent.txid, child.txid])
    await world.mine({ transactions, fees: 1_000 })
    expect(world.mempool.size).toBe(0)
  })

  it('brings in several parents, and a chain of them, with the last that pays for all', async () => {
    const world = await createPoolWorld()
    const parents = [0, 1, 2].map((n) => spendOpen([world.coins[n]!], { fee: n }))
    const child = spendOpen(
      parents.map((tx) => openCoin(tx)),
      { fee: 2_000 },
    )
    const chain = openChain(world.coins[3]!, 3, { fee: 10 })
    const last = spendOpen([openCoin(chain[2]!)], { fee: 2_000 })
    expect(await codes(world, ...parents, child)).toEqual(Array(4).fill('ok'))
    expect(await codes(world, ...chain, last)).toEqual(Array(4).fill('ok'))
    expect(world.mempool.size).toBe(8)
  })

  it('refuses all of it where the child does not pay enough for both', async () => {
    const world = await createPoolWorld()
    const parent = spendOpen([world.coins[0]!], { fee: 0 })
    const child = spendOpen([openCoin(parent)], { fee: 150 })
    expect(await codes(world, parent, child)).toEqual(['fee-below-minimum', 'fee-below-minimum'])
    expect(world.mempool.size).toBe(0)
  })

  it('does not let a parent that pays for itself pay for a child', async () => {
    const world = await createPoolWorld()
    const parent = spendOpen([world.coins[0]!], { fee: 50_000 })
    const child = spendOpen([openCoin(parent)], { fee: 0 })
    expect(await codes(world, parent, child)).toEqual(['ok', 'fee-below-minimum'])
  })

  it('answers ok for what is pending already', async () => {
    const world = await createPoolWorld()
    const parent = spendOpen([world.coins[0]!], { fee: 500 })
    const child = spendOpen([openCoin(parent)], { fee: 500 })
    await world.admit(parent)
    expect(await codes(world, parent, child)).toEqual(['ok', 'ok'])
  })

  it('tells the parent the rule that it breaks, and the child that its input is missing', async () => {
    const world = await createPoolWorld()
    const coin = world.coins[0]!
    const parent = spendWith([of(0x51, 0x51)], [coin.outPoint], spendOpen([coin], { fee: 0 }).outputs)
    const child = spendOpen([openCoin(parent)], { fee: 9_000 })
    expect(await codes(world, parent, child)).toEqual(['witness-program-mismatch', 'missing-inputs'])
  })

  it('takes the place of a payment that the parent alone pays too little to replace', async () => {
    const world = await createPoolWorld()
    const rival = spendOpen([world.coins[0]!], { fee: 1_000 })
    await world.admit(rival)
    const parent = spendOpen([world.coins[0]!], { fee: 500 })
    const child = spendOpen([openCoin(parent)], { fee: 5_000 })
    expect(await codes(world, parent, child)).toEqual(['ok', 'ok'])
    expect(world.departures()).toEqual([[rival.txid, 'replaced']])
  })

  it('brings in a parent below the risen floor of a full pool', async () => {
    const world = await createPoolWorld({ maxVirtualBytes: 1_000 })
    for (const [n, coin] of world.coins.slice(0, 11).entries())
      await world.code(spendOpen([coin], { fee: 2_000 + n }))
    expect(world.mempool.minFeeRate()).toBeGreaterThan(10)
    const parent = spendOpen([world.coins[20]!], { fee: 200 })
    const child = spendOpen([openCoin(parent)], { fee: 20_000 })
    expect(await world.code(parent)).toBe('fee-below-floor')
    expect(await codes(world, parent, child)).toEqual(['ok', 'ok'])
    expect(world.mempool.virtualBytes).toBeLessThanOrEqual(1_000)
  })

  it.each([
    ['package-too-large', 'more than 25', (w: PoolWorld) => openChain(w.coins[0]!, 26, { fee: 500 })],
    [
      'package-too-large',
      'a weight above 404,000',
      (w: PoolWorld) => [0, 1].map((n) => spendOpen([w.coins[n]!], { fee: 90_000, outputs: 1_500 })),
    ],
    [
      'package-malformed',
      'a child before its parent',
      (w: PoolWorld) => openChain(w.coins[0]!, 2, { fee: 500 }).reverse(),
    ],
    [
      'package-malformed',
      'one twice',
      (w: PoolWorld) => Array(2).fill(spendOpen([w.coins[0]!], { fee: 500 })) as Transaction[],
    ],
    [
      'package-malformed',
      'two that spend the same output',
      (w: PoolWorld) => [500, 600].map((fee) => spendOpen([w.coins[0]!], { fee })),
    ],
  ])('is refused with %s where it has %s', async (code, _, make) => {
    const world = await createPoolWorld()
    const transactions = make(world)
    expect(await codes(world, ...transactions)).toEqual(transactions.map(() => code))
    expect(world.mempool.size).toBe(0)
  })
})

describe('bounds of what builds on what', () => {
  it('are 101,000 virtual bytes of ancestors', async () => {
    const world = await createPoolWorld()
    const large = { fee: 100_000, outputs: 800 }
    const first = spendOpen([world.coins[0]!], large)
    const second = spendOpen([openCoin(first), world.coins[1]!], large)
    const third = spendOpen([openCoin(second), world.coins[2]!], large)
    await world.admit(first, second)
    expect(await world.code(third)).toBe('too-many-unconfirmed-ancestors')
  })

  it('are 101,000 virtual bytes of descendants', async () => {
    const world = await createPoolWorld()
    const parent = spendOpen([world.coins[0]!], { fee: 100_000, outputs: 800 })
    const children = [0, 1].map((vout) =>
      spendOpen([openCoin(parent, vout), world.coins[vout + 1]!], { fee: 100_000, outputs: 800 }),
    )
    await world.admit(parent, children[0]!)
    expect(await world.code(children[1]!)).toBe('too-many-unconfirmed-descendants')
  })

  it('hold for a package as for its transactions one by one', async () => {
    const world = await createPoolWorld()
    await world.admit(...openChain(world.coins[0]!, 23, { fee: 300 }))
    const tip = world.mempool.entries().at(-1)!.transaction
    const [low, middle] = openChain(openCoin(tip), 2, { fee: 0 })
    const high = spendOpen([openCoin(middle!)], { fee: 5_000 })
    expect(await codes(world, low!, middle!, high)).toEqual([
      'fee-below-minimum',
      'fee-below-minimum',
      'too-many-unconfirmed-ancestors',
    ])
  })
})
