import { beforeAll, describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import type { Store } from '../../src/ports/store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { createControl, type HistoryControl } from '../support/history-control.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createTestChain, MINER } from '../support/test-chain.ts'

let control: HistoryControl

beforeAll(async () => {
  control = await createControl(12)
})

/** A store that refuses each batch that `refuses` wants it to. */
function createRefusingStore(refuses: () => boolean) {
  const inner = createMemoryStore()
  const disk = { refusals: 0 }
  const store: Store = {
    ...inner,
    async batch(writes, options) {
      const taken = [...writes]
      await null
      if (refuses()) {
        disk.refusals += 1
        throw new CairnError('disk-full', 'there is no room')
      }
      return inner.batch(taken, options)
    },
  }
  return { store, disk }
}

const isDiskFull = (error: unknown): boolean => error instanceof CairnError && error.code === 'disk-full'

describe.each([
  ['every few blocks', 3_000],
  ['at the end', 64_000_000],
])('a disk that refuses any write, under a chain that flushes %s', (_, maxCacheBytes) => {
  /** A disk that refuses half of all writes while it is told to, and a chain on it that may be made anew. */
  async function createBad() {
    const random = createSeededRandom(`refusals ${maxCacheBytes}`)
    const bad = { isFull: false }
    const { store, disk } = createRefusingStore(() => bad.isFull && random.below(2) === 0)
    const restart = async () => (await createTestChain({ store, options: { maxCacheBytes } })).chain
    return { random, bad, disk, restart }
  }

  it('costs nothing, whatever it refuses and however often', async () => {
    const { random, bad, disk, restart } = await createBad()
    let chain = await restart()
    for (const [index, { block }] of control.offers.entries()) {
      for (let accepted = false; !accepted; ) {
        bad.isFull = true
        try {
          accepted = (await chain.acceptBlock(block)).ok
        } catch (error) {
          expect(error).toSatisfy(isDiskFull)
        }
        bad.isFull = random.below(3) === 0
        const where = `block ${index}, ${accepted ? 'taken' : 'refused'}`
        // Where it was refused only after it had been written it is there.
        expect(await control.expectState(chain, index, where)).toBeLessThanOrEqual(index + 1)
        if (random.below(5) > 0) continue
        // What the first one has not written is lost, as with a kill.
        bad.isFull = false
        chain = await restart()
        await control.expectState(chain, accepted ? index + 1 : index, `${where}, after a restart`)
      }
      if (index % 9 === 0) await control.expectIndexes(chain)
    }
    await control.expectIndexes(chain)
    expect(disk.refusals).toBeGreaterThan(50)
  })

  it('leaves nothing behind where it refuses some of several blocks at once', async () => {
    const { random, bad, disk, restart } = await createBad()
    const chain = await restart()
    let from = 0
    for (const [index, { reorganises }] of control.offers.entries()) {
      // Up to where one branch has won, whatever came first.
      if (!reorganises) continue
      const group = control.offers.slice(from, index + 1)
      let refused: unknown[]
      do {
        bad.isFull = true
        const answers = await Promise.allSettled(group.map(({ block }) => chain.acceptBlock(block)))
        for (const answer of answers)
          if (answer.status === 'fulfilled') expect(answer.value.ok).toBe(true)
          else expect(answer.reason).toSatisfy(isDiskFull)
        refused = answers.filter(({ status }) => status === 'rejected')
      } while (refused.length > 0)
      bad.isFull = random.below(2) === 0
      await control.expectState(chain, index + 1, `after block ${index}`)
      from = index + 1
    }
    bad.isFull = false
    await control.expectIndexes(chain)
    await control.expectIndexes(await restart())
    expect(disk.refusals).toBeGreaterThan(20)
  })
})

describe('coins that a full disk has refused', () => {
  async function createFull() {
    const disk = { isFull: false }
    const { store } = createRefusingStore(() => disk.isFull)
    const test = await createTestChain({ store })
    await test.mineMany(5)
    disk.isFull = true
    return { ...test, disk, store }
  }

  it('are told of as if they had been written', async () => {
    const { disk, chain } = await createFull()
    const asked = async () => [await chain.coinsOfScript(MINER.scriptPubKey), await chain.coinStatistics()]
    const [coins, statistics] = await asked()
    expect(coins).toHaveLength(5)
    expect(await chain.coinsOfScript(MINER.scriptPubKey, 2)).toEqual((coins as unknown[]).slice(0, 2))
    disk.isFull = false
    expect(await asked()).toEqual([coins, statistics])
  })

  it('are written later, without anybody asking for it', async () => {
    const { disk, store, clock } = await createFull()
    const storedCoins = async () => (await createTestChain({ store })).chain.cacheSize().coins
    await clock.advance(31_000)
    for (let turn = 0; turn < 50; turn++) await null
    disk.isFull = false
    // The next process takes what has not been written out of the blocks.
    expect(await storedCoins()).toBe(5)
    await clock.advance(31_000)
    for (let turn = 0; turn < 50; turn++) await null
    expect(await storedCoins()).toBe(0)
  })

  it('are missing after a stop, which says so, until the next start', async () => {
    const { disk, store, chain } = await createFull()
    const statistics = await chain.coinStatistics()
    await expect(chain.stop()).rejects.toSatisfy(isDiskFull)
    disk.isFull = false
    const { chain: again } = await createTestChain({ store })
    expect(again.tip().height).toBe(5)
    expect(await again.coinStatistics()).toEqual(statistics)
  })
})

it('headers that a full disk has refused are written with the next ones', async () => {
  const disk = { isFull: false }
  const { store } = createRefusingStore(() => disk.isFull)
  const { chain } = await createTestChain({ store })
  const headers = control.offers.slice(0, 15).map(({ block }) => block.header)
  disk.isFull = true
  await expect(chain.acceptHeaders(headers.slice(0, 10))).rejects.toSatisfy(isDiskFull)
  disk.isFull = false
  expect(await chain.acceptHeaders(headers.slice(10))).toMatchObject({ ok: true })
  const { chain: again } = await createTestChain({ store })
  expect(again.bestHeader().hash).toBe(headers.at(-1)!.hash)
})
