import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import type { Block } from '../../src/primitives/block.ts'
import { ZERO_HASH } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { coinbaseInput, createTestChain, type TestChain } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

/** Twelve blocks, and two branches on them that spend the same coin; the second is one block longer. */
async function prepareFork(depth: number) {
  const source = await createTestChain()
  const trunk = await source.mineMany(12)
  const spend = (key: typeof ALICE) =>
    pay([coinbaseInput(trunk[0]!)], [{ value: 49 * COIN, scriptPubKey: key.scriptPubKey }])
  const plans = (count: number, tag: string, key: typeof ALICE) =>
    emptyPlans(count, tag).map((plan, i) => (i === 0 ? { ...plan, transactions: [spend(key)] } : plan))
  const shorter = buildBranch(source.chain.tip(), plans(depth, 'shorter', ALICE))
  const longer = buildBranch(source.chain.tip(), plans(depth + 1, 'longer', BOB))
  const control = await createTestChain()
  await offer(control, [...trunk, ...longer])
  return { trunk, shorter, longer, statistics: await control.chain.coinStatistics() }
}

async function offer({ chain }: TestChain, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) throw new Error(accepted.error.code)
  }
}

/** A process that ends in the middle: its store takes so many more batches, and none after. */
function dyingStore(inner: Store): { store: Store; dieAfter(batches: number): void } {
  let left = Number.POSITIVE_INFINITY
  return {
    store: {
      ...inner,
      async batch(...args) {
        if (left-- <= 0) throw new Error('the process has ended')
        return inner.batch(...args)
      },
    },
    dieAfter(batches) {
      left = batches
    },
  }
}

describe('a reorganisation', () => {
  it.each([1, 33, 200])(
    'of %i blocks ends at the same coins, wherever the process ends in it',
    {
      timeout: 60_000,
    },
    async (depth) => {
      const { trunk, shorter, longer, statistics } = await prepareFork(depth)
      const random = createSeededRandom(`reorg ${depth}`)
      for (let round = 0; round < 6; round++) {
        const disk = createMemoryStore()
        const { store, dieAfter } = dyingStore(disk)
        const first = await createTestChain({ store })
        await offer(first, [...trunk, ...shorter.slice(0, random.below(depth + 1))])
        // Sometimes the coins on disk are those of the middle of the branch that is left.
        if (random.below(2) === 1) await first.chain.coinStatistics()
        await offer(first, shorter)
        // The last of the longer branch moves the tip; in the last round that very batch is never written.
        const written = round === 5 ? longer.length - 1 : random.below(longer.length + 1)
        dieAfter(written)
        const outcomes = await Promise.allSettled(longer.map((block) => first.chain.acceptBlock(block)))
        expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(written)

        const second = await createTestChain({ store: disk })
        expect(second.chain.tip().hash).toBe((written > depth ? longer : shorter).at(-1)!.hash)
        await offer(second, longer)
        expect(second.chain.tip().hash).toBe(longer.at(-1)!.hash)
        expect(await second.chain.coinStatistics()).toEqual(statistics)
        expect(await second.chain.coinsOfScript(ALICE.scriptPubKey)).toEqual([])
        expect(await second.chain.coinsOfScript(BOB.scriptPubKey)).toHaveLength(1)
        await second.chain.stop()
        const third = await createTestChain({ store: disk })
        expect(third.chain.tip().hash).toBe(longer.at(-1)!.hash)
        expect(await third.chain.coinStatistics()).toEqual(statistics)
      }
    },
  )
})

describe('the operator', () => {
  it('can invalidate a block: the tip moves to the best chain without it, over a restart', async () => {
    const store = createMemoryStore()
    const test = await createTestChain({ store })
    const { chain } = test
    const trunk = await test.mineMany(5)
    const main = buildBranch(chain.tip(), emptyPlans(4, 'main'))
    const side = buildBranch(chain.tip(), emptyPlans(2, 'side'))
    await offer(test, [...main, ...side])
    expect(await chain.invalidate(main[1]!.hash)).toBe(true)
    expect(chain.tip().hash).toBe(side[1]!.hash)
    expect(chain.bestHeader().hash).toBe(side[1]!.hash)
    expect(await chain.acceptBlock(main[1]!)).toMatchObject({ error: { code: 'block-known-invalid' } })
    expect(await chain.acceptBlock(main[3]!)).toMatchObject({ error: { code: 'parent-invalid' } })
    const again = await createTestChain({ store })
    expect(again.chain.tip().hash).toBe(side[1]!.hash)
    const control = await createTestChain()
    await offer(control, [...trunk, ...side])
    expect(await again.chain.coinStatistics()).toEqual(await control.chain.coinStatistics())
  })

  it('is obeyed by the next block at the latest where the disk failed in the middle', async () => {
    const inner = createMemoryStore()
    let failing = 0
    const store: Store = {
      ...inner,
      async batch(...args) {
        // The first batch notes the verdict, the second moves the tip.
        if (failing > 0 && --failing === 0) throw new Error('no space left')
        return inner.batch(...args)
      },
    }
    const test = await createTestChain({ store })
    const { chain } = test
    const blocks = await test.mineMany(6)
    failing = 2
    await expect(chain.invalidate(blocks[3]!.hash)).rejects.toThrow('no space left')
    const next = test.build({ tag: 'next' }, chain.entry(blocks[2]!.hash)!)
    expect(await chain.acceptBlock(next)).toMatchObject({ ok: true, value: { connected: true } })
    expect(chain.tip().hash).toBe(next.hash)
  })

  it('leaves the tip at the parent where nothing else is better, and can reconsider', async () => {
    const test = await createTestChain()
    const { chain } = test
    const blocks = await test.mineMany(6)
    const before = await chain.coinStatistics()
    await chain.invalidate(blocks[3]!.hash)
    expect(chain.tip().hash).toBe(blocks[2]!.hash)
    await test.mine({ tag: 'other' })
    expect(await chain.reconsider(blocks[3]!.hash)).toBe(true)
    expect(chain.tip().hash).toBe(blocks[5]!.hash)
    expect(await chain.coinStatistics()).toEqual(before)
  })

  it('takes the verdict back from ancestors and descendants as well', async () => {
    const test = await createTestChain()
    const { chain } = test
    const blocks = await test.mineMany(6)
    await chain.invalidate(blocks[4]!.hash)
    await chain.invalidate(blocks[1]!.hash)
    expect(chain.tip().hash).toBe(blocks[0]!.hash)
    await chain.reconsider(blocks[2]!.hash)
    expect(chain.tip().hash).toBe(blocks[5]!.hash)
  })

  it('cannot make an invalid block valid: it is found out again', async () => {
    const test = await createTestChain()
    const { chain } = test
    await test.mineMany(3)
    const greedy = test.build({ fees: 1 })
    expect(await chain.acceptBlock(greedy)).toMatchObject({ error: { code: 'coinbase-value-exceeded' } })
    await chain.reconsider(greedy.hash)
    expect(chain.tip().height).toBe(3)
    expect(chain.missingBodies(5)).toEqual([greedy.hash])
    expect(await chain.acceptBlock(greedy)).toMatchObject({ error: { code: 'coinbase-value-exceeded' } })
  })

  it('is told where there is no such block, and that genesis stays', async () => {
    const { chain } = await createTestChain()
    expect(await chain.invalidate(ZERO_HASH)).toBe(false)
    expect(await chain.reconsider(ZERO_HASH)).toBe(false)
    await expect(chain.invalidate(chain.genesis.hash)).rejects.toThrow(RangeError)
  })
})

describe('bodies that are too deep', () => {
  it('are dropped with a flush, and the chain goes on over a restart', async () => {
    const store = createMemoryStore()
    const test = await createTestChain({ store, options: { prune: 20 } })
    const blocks = await test.mineMany(50)
    const coins = await test.chain.coinStatistics()
    expect(test.chain.hasBody(blocks[29]!.hash)).toBe(false)
    expect(test.chain.hasBody(blocks[30]!.hash)).toBe(true)
    expect(await test.chain.block(blocks[29]!.hash)).toBeUndefined()
    expect(test.chain.missingBodies(10)).toEqual([])
    await test.chain.stop()
    const again = await createTestChain({ store, options: { prune: 20 } })
    expect(again.chain.tip().height).toBe(50)
    await again.mineMany(5)
    expect(await again.chain.coinStatistics()).toMatchObject({ count: coins.count + 5 })
    expect(again.chain.hasBody(blocks[34]!.hash)).toBe(false)
    expect(again.chain.missingBodies(10)).toEqual([])
  })

  it('are not missed by a reorganisation above them, and keep one below from being made', async () => {
    const test = await createTestChain({ options: { prune: 10 } })
    const { chain } = test
    await test.mineMany(30)
    await chain.coinStatistics()
    const tip = chain.tip()
    const above = buildBranch(chain.entryAt(25)!, emptyPlans(6, 'above'))
    await offer(test, above)
    expect(chain.tip().hash).toBe(above.at(-1)!.hash)
    const below = buildBranch(chain.entryAt(5)!, emptyPlans(40, 'below'))
    await offer(test, below)
    expect(chain.tip().hash).toBe(above.at(-1)!.hash)
    await test.mineMany(3)
    expect(chain.tip().height).toBe(tip.height + 4)
  })
})
