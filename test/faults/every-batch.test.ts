import { beforeAll, describe, expect, it } from 'vitest'
import type { ChainOptions } from '../../src/chain/chain.ts'
import type { Store, StoreWrite } from '../../src/ports/store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { createControl, type HistoryControl } from '../support/history-control.ts'
import { createTestChain, type TestChain } from '../support/test-chain.ts'

const FORKS = 12

const ALL = { gte: Uint8Array.of(0), lt: Uint8Array.of(0xff) }

let control: HistoryControl

beforeAll(async () => {
  control = await createControl(FORKS)
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
  const { offers } = control
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

const CHAINS: readonly (readonly [string, ChainOptions])[] = [
  ['that flushes every few blocks', { maxCacheBytes: 3_000 }],
  ['that flushes at the end', { maxCacheBytes: 64_000_000 }],
  ['that drops old bodies', { maxCacheBytes: 3_000, prune: 8 }],
]

describe.each(CHAINS)('a chain %s', (_, options) => {
  it.each<HeadersCome>(['with the block', 'long before', 'while others are under way'])(
    'is whole after every single batch, where headers come %s',
    async (headersCome) => {
      const { store, diary } = createDiary()
      const testChain = await createTestChain({ store, options })
      await offerAll(testChain, diary, headersCome)
      const { batches } = diary
      expect(batches.length).toBeGreaterThan(control.offers.length)
      const left = createMemoryStore()
      for (const [index, { writes, acknowledged }] of batches.entries()) {
        await left.batch(writes)
        // A copy, which whoever opens it may change.
        const copy = createMemoryStore()
        for await (const [key, value] of left.entries(ALL)) await copy.batch([{ key, value }])
        const { chain } = await createTestChain({ store: copy, options })
        await control.expectState(chain, acknowledged, `after batch ${index}`)
        if (index % 20 === 0) await control.expectIndexes(chain)
      }
    },
  )
})
