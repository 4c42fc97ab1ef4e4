import { describe, expect, it } from 'vitest'
import { createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import type { Store } from '../../src/ports/store.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { testSignatures } from '../support/signatures.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'

/** Fifty blocks in a store that keeps the bodies of the last twenty. */
async function prunedStore() {
  const store = createMemoryStore()
  const test = await createTestChain({ store, options: { prune: 20 } })
  const blocks = await test.mineMany(50)
  const { count } = await test.chain.coinStatistics()
  await test.chain.stop()
  return { store, blocks, count }
}

async function openAgain(store: Store, prune?: number) {
  const { logger, lines } = createRecordingLogger()
  const chain = createChain(
    DEV,
    {
      store: createChainStore(store, { addresses: true, transactions: true }),
      signatures: testSignatures,
      verified: createVerifiedTransactions(),
      random: createSeededRandom('again'),
      clock: createFakeClock(),
      logger,
    },
    prune === undefined ? {} : { prune },
  )
  await chain.start()
  return { chain, lines }
}

describe('a pruned chain', () => {
  it('says what it keeps, also when it is opened again, and by itself from then on', async () => {
    const { store, blocks, count } = await prunedStore()
    const { chain } = await openAgain(store, 20)
    expect(chain.pruning()).toEqual({ keptBlocks: 20, lowestBody: 31 })
    expect(chain.isPruned(blocks[29]!.hash)).toBe(true)
    expect(chain.isPruned(blocks[30]!.hash)).toBe(false)
    expect(chain.tip().height).toBe(50)
    expect((await chain.coinStatistics()).count).toBe(count)
    expect(await chain.transactionBlock(blocks[4]!.transactions[0]!.txid)).toBe(blocks[4]!.hash)
  })

  it('keeps what the coins on disk need, though the tip is far ahead when they are written', async () => {
    const inner = createMemoryStore()
    const gate = Promise.withResolvers<void>()
    let held = false
    const store: Store = {
      ...inner,
      async batch(writes, options) {
        const all = [...writes]
        // A flush of coins, which is not the first batch of all.
        if (!held && all.some(({ key }) => key[0] === 0x63)) {
          held = true
          await gate.promise
        }
        return inner.batch(all, options)
      },
    }
    const { chain, mineMany } = await createTestChain({ store, options: { prune: 20 } })
    await mineMany(60)
    const flushed = chain.coinStatistics()
    await mineMany(100)
    gate.resolve()
    await flushed
    // As after a kill: nothing else is written.
    const { chain: left } = await openAgain(inner, 20)
    expect(left.tip().height).toBe(160)
    expect((await left.coinStatistics()).count).toBe(160)
  })

  it('lacks old bodies for good, where none are dropped any more', async () => {
    const { store, blocks } = await prunedStore()
    const { chain } = await openAgain(store)
    expect(chain.pruning()).toEqual({ keptBlocks: undefined, lowestBody: 31 })
    expect(chain.missingBodies(10)).toEqual([])
    expect(await chain.acceptBlock(blocks[10]!)).toMatchObject({ ok: true, value: { isNew: false } })
    expect(chain.hasBody(blocks[10]!.hash)).toBe(false)
    for (const block of buildBranch(chain.tip(), emptyPlans(30, 'more'))) await chain.acceptBlock(block)
    await chain.stop()
    const again = await openAgain(store)
    expect(again.chain.pruning()).toEqual({ keptBlocks: undefined, lowestBody: 31 })
  })

  it('begins to drop bodies of a chain that had them all', async () => {
    const store = createMemoryStore()
    const whole = await createTestChain({ store })
    const blocks = await whole.mineMany(50)
    expect(whole.chain.pruning()).toBeUndefined()
    await whole.chain.stop()
    const { chain } = await openAgain(store, 20)
    expect(chain.pruning()).toEqual({ keptBlocks: 20, lowestBody: 0 })
    for (const block of buildBranch(chain.tip(), emptyPlans(1, 'more'))) await chain.acceptBlock(block)
    await chain.stop()
    const again = await openAgain(store, 20)
    expect(again.chain.pruning()).toEqual({ keptBlocks: 20, lowestBody: 32 })
    expect(again.chain.hasBody(blocks[30]!.hash)).toBe(false)
  })

  it('stays where it is, and says so, when a better chain leaves it below what is kept', async () => {
    const { store } = await prunedStore()
    const { chain, lines } = await openAgain(store, 20)
    const tip = chain.tip()
    const below = buildBranch(chain.entryAt(10)!, emptyPlans(60, 'below'))
    for (const block of below) await chain.acceptBlock(block)
    expect(chain.tip().hash).toBe(tip.hash)
    const told = lines.filter(({ phrase }) => phrase === 'better chain forks below the pruned blocks')
    expect(told[0]).toMatchObject({ level: 'error', fields: { fork: 10 } })
    expect((await openAgain(store, 20)).chain.tip().hash).toBe(tip.hash)
  })

  it('cannot be told that a block below what is kept is invalid, and is none the worse for the attempt', async () => {
    const { store, blocks } = await prunedStore()
    const { chain } = await openAgain(store, 20)
    await expect(chain.invalidate(blocks[9]!.hash)).rejects.toMatchObject({
      code: 'block-pruned',
      details: { height: 10 },
    })
    expect(chain.tip().hash).toBe(blocks[49]!.hash)
    await chain.stop()
    const again = await openAgain(store, 20)
    expect(again.chain.tip().hash).toBe(blocks[49]!.hash)
    expect(await again.chain.invalidate(blocks[30]!.hash)).toBe(true)
    expect(again.chain.tip().height).toBe(30)
  })
})
