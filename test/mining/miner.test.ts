import { describe, expect, it } from 'vitest'
import { createMiner } from '../../src/mining/miner.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { createNonceSearch } from '../../src/platform/node/nonce-search.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { MINER } from '../support/test-chain.ts'
import { ALICE, never, setUp, soon } from './miner-set-up.ts'

describe('mining', () => {
  it('begins again on a new tip', async () => {
    const { miner, mine, mineTo, nextSearch, chain } = await setUp()
    mineTo()
    const before = await nextSearch()
    await mine({ tag: 'a peer' })
    const after = await nextSearch(before)
    expect(before.header.previous).toBe(chain.genesis.hash)
    expect(after.header.previous).toBe(chain.tip().hash)
    await miner.stop()
  })

  it('waits while the mempool is not yet in step with the tip', async () => {
    const { chain, mine, miner, mineTo, nextSearch, search } = await setUp()
    await mine()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    chain.follow({ tipChanged: () => gate })
    const mining = mine()
    await soon(() => expect(chain.tip().height).toBe(2))
    mineTo()
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(search.asked).toBe(0)
    open()
    await mining
    expect((await nextSearch()).header.previous).toBe(chain.tip().hash)
    await miner.stop()
  })

  it('takes new transactions and the time in after five seconds, and not before', async () => {
    const { clock, mempool, miner, mineTo, nextSearch, payment, search, chain } = await setUp()
    const transaction = await payment(1_000)
    mineTo()
    const before = await nextSearch()
    await mempool.accept(transaction)
    await clock.advance(4_999)
    expect(search.current).toBe(before)
    await clock.advance(1)
    const after = await nextSearch(before)
    expect(after.header.time).toBe(before.header.time + 5)
    after.solve()
    await soon(() => expect(mempool.size).toBe(0))
    expect((await chain.block(chain.tip().hash))!.transactions).toHaveLength(2)
    await miner.stop()
  })

  it('goes on with another extra nonce when the nonce space is exhausted', async () => {
    const { miner, mineTo, nextSearch, height } = await setUp()
    mineTo()
    const before = await nextSearch()
    before.exhaust()
    const after = await nextSearch(before)
    expect(after.header.previous).toBe(before.header.previous)
    expect(after.header.merkleRoot).not.toBe(before.header.merkleRoot)
    after.solve()
    await height(1)
    await miner.stop()
  })

  it('hands no block in before half the interval, on a network of fixed difficulty, nor later than one and a half', async () => {
    const { chain, clock, miner, mineTo, search, height } = await setUp({
      options: { intervalSeconds: 20 },
    })
    search.solving = true
    mineTo()
    for (const wanted of [1, 2, 3]) {
      await soon(() => expect(search.asked).toBeGreaterThan(0))
      await clock.advance(9_500)
      expect(chain.tip().height).toBe(wanted - 1)
      const from = clock.monotonic()
      while (chain.tip().height < wanted && clock.monotonic() < from + 21_000) {
        await clock.advance(250)
        await new Promise(setImmediate)
      }
      await height(wanted)
    }
    await miner.stop()
  })

  it('puts a transaction that comes in during the interval into the very next block', async () => {
    const { chain, clock, mempool, miner, mineTo, payment, search } = await setUp({
      options: { intervalSeconds: 4 },
    })
    const transaction = await payment(1_000)
    search.solving = true
    mineTo()
    await soon(() => expect(search.asked).toBe(1))
    await mempool.accept(transaction)
    while (chain.tip().height < 13) {
      await clock.advance(250)
      await new Promise(setImmediate)
    }
    expect((await chain.block(chain.entryAt(13)!.hash))!.transactions).toHaveLength(2)
    await miner.stop()
  })

  it('pays to the last address that it was started with', async () => {
    const { chain, miner, mineTo, nextSearch, height } = await setUp()
    mineTo(MINER)
    const before = await nextSearch()
    miner.start(ALICE.scriptPubKey, 'of Alice')
    const after = await nextSearch(before)
    after.solve()
    await height(1)
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(1)
    expect(miner.status()).toMatchObject({ mining: true, address: 'of Alice' })
    await miner.stop()
    expect(miner.status()).toMatchObject({ mining: false, address: undefined })
  })

  it('stops at once, and can be started again', async () => {
    const { miner, mineTo, nextSearch, search, height } = await setUp()
    mineTo()
    const before = await nextSearch()
    await miner.stop()
    expect(search.current).toBeUndefined()
    mineTo()
    const after = await nextSearch(before)
    after.solve()
    await height(1)
    await miner.stop()
    await miner.stop()
  })

  it('tries again after a failure of the threads', async () => {
    const { clock, miner, mineTo, nextSearch, height, search } = await setUp({
      options: { intervalSeconds: 0, retryMs: 1_000 },
    })
    mineTo()
    const before = await nextSearch()
    before.fail(new Error('a thread broke down'))
    await soon(() => expect(search.current).toBeUndefined())
    while (search.current === undefined) {
      await clock.advance(100)
      await new Promise(setImmediate)
    }
    const after = await nextSearch(before)
    after.solve()
    await height(1)
    await miner.stop()
  })

  it('reports the hash rate over the last ten seconds, and none while idle', async () => {
    const { clock, miner, mineTo, nextSearch, search } = await setUp()
    mineTo()
    await nextSearch()
    for (let second = 0; second < 60; second++) {
      search.computed += second < 40 ? 1_000_000 : 3_000_000
      await clock.advance(1_000)
    }
    expect(miner.status().hashesPerSecond).toBeCloseTo(3_000_000, -3)
    await miner.stop()
    expect(miner.status().hashesPerSecond).toBe(0)
  })
})

describe('with real threads', () => {
  it('generates on demand while it mines, and stops', async () => {
    const { chain, mempool } = await setUp()
    const search = createNonceSearch({ threads: 2 })
    // The machine's date may be before the network's.
    const clock = { ...systemClock, now: () => 1_800_000_000_000 + performance.now() }
    const random = createSeededRandom('threads')
    const miner = createMiner(
      { intervalSeconds: 0.01 },
      { chain, mempool, search, clock, random, logger: SILENT_LOGGER },
    )
    miner.start(MINER.scriptPubKey, 'an address')
    await soon(() => expect(chain.tip().height).toBeGreaterThan(1))
    expect(await miner.generate(10, ALICE.scriptPubKey, never)).toHaveLength(10)
    const generated = chain.tip().height
    await soon(() => expect(chain.tip().height).toBeGreaterThan(generated))
    await miner.stop()
    await search.close()
    const { height } = chain.tip()
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(10)
    expect(await chain.coinsOfScript(MINER.scriptPubKey)).toHaveLength(height - 10)
    expect(miner.status().blocksFound).toBe(height)
  })
})
