import { beforeAll, describe, expect, it } from 'vitest'
import type { Store, StoreWrite } from '../../src/ports/store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import {
  type ControlState,
  createBranchHistory,
  type Offer,
  replayControl,
} from '../support/branch-history.ts'
import { createTestChain, type TestChain } from '../support/test-chain.ts'

const FORKS = 12

let offers: readonly Offer[]
let control: readonly ControlState[]

beforeAll(async () => {
  offers = createBranchHistory(FORKS)
  control = await replayControl(offers)
})

/** A store that remembers its batches, and how many offers had been acknowledged when each was written. */
function createDiary() {
  const inner = createMemoryStore()
  const batches: { writes: StoreWrite[]; acknowledged: number }[] = []
  const diary = { acknowledged: 0, batches }
  const store: Store = {
    ...inner,
    async batch(writes, options) {
      const copies = [...writes].map(({ key, value }) => ({ key: key.slice(), value: value?.slice() }))
      batches.push({ writes: copies, acknowledged: diary.acknowledged })
      // A disk takes a while: others get on meanwhile.
      for (let turn = 0; turn < copies.length % 7; turn++) await null
      await inner.batch(copies, options)
    },
  }
  return { store, diary }
}

type HeadersCome = 'with the block' | 'long before' | 'while others are under way'

/** Offers all blocks, several at once where they do not move the tip elsewhere. */
async function offerAll(
  { chain }: TestChain,
  diary: { acknowledged: number },
  headersCome: HeadersCome,
): Promise<void> {
  let underWay: Promise<unknown>[] = []
  const acceptHeaders = (from: number, to?: number) =>
    chain.acceptHeaders(offers.slice(from, to).map(({ block }) => block.header))
  if (headersCome === 'long before') await acceptHeaders(0)
  for (const [index, { block, reorganises }] of offers.entries()) {
    if (reorganises || index % 5 === 0) {
      await Promise.all(underWay)
      underWay = []
    }
    const done = chain.acceptBlock(block).then((accepted) => {
      expect(accepted.ok).toBe(true)
      diary.acknowledged = index + 1
    })
    underWay.push(done)
    if (headersCome === 'while others are under way' && index % 4 === 0)
      underWay.push(acceptHeaders(index, index + 7))
  }
  await Promise.all(underWay)
  await chain.stop()
}

/** Opens a chain over what the first batches made, and holds it against the control. */
async function expectControl(
  batches: readonly { writes: StoreWrite[] }[],
  acknowledged: number,
  cacheBytes: number,
) {
  const store = createMemoryStore()
  for (const { writes } of batches) await store.batch(writes)
  const { chain } = await createTestChain({ store, options: { maxCacheBytes: cacheBytes } })
  const taken = offers.findIndex(({ block }) => !chain.hasBody(block.hash))
  const count = taken < 0 ? offers.length : taken
  expect(count).toBeGreaterThanOrEqual(acknowledged)
  expect({ tip: chain.tip().hash, coins: await chain.coinStatistics() }).toEqual(control[count])
  for (const { block } of offers.slice(0, count))
    expect(await chain.blockBytes(block.hash)).toEqual(block.bytes)
}

describe.each([
  ['that flushes every few blocks', 3_000],
  ['that flushes at the end', 64_000_000],
])('a chain %s', (_, maxCacheBytes) => {
  it.each<HeadersCome>(['with the block', 'long before', 'while others are under way'])(
    'is whole after every single batch, where headers come %s',
    async (headersCome) => {
      const { store, diary } = createDiary()
      const testChain = await createTestChain({ store, options: { maxCacheBytes } })
      await offerAll(testChain, diary, headersCome)
      const { batches } = diary
      expect(batches.length).toBeGreaterThan(offers.length)
      for (let count = 0; count <= batches.length; count++)
        await expectControl(batches.slice(0, count), batches[count - 1]?.acknowledged ?? 0, maxCacheBytes)
    },
  )
})
