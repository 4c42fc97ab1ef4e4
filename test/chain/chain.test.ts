import { describe, expect, it } from 'vitest'
import { createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { builtInNetwork } from '../../src/consensus/networks.ts'
import type { ChainFollower, TipChange } from '../../src/ports/chain.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput, createTestChain, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

describe('best chain', () => {
  it('grows by valid blocks and keeps the sum of the coins equal to the subsidies', async () => {
    const { chain, mineMany } = await createTestChain()
    await mineMany(12)
    expect(chain.tip().height).toBe(12)
    expect(await chain.coinStatistics()).toMatchObject({ count: 12, total: 12 * 50 * COIN })
  })

  it('keeps the first seen of two branches with equal work', async () => {
    const { chain, mine } = await createTestChain()
    const first = await mine({ tag: 'a' }, chain.genesis)
    await mine({ tag: 'b' }, chain.genesis)
    expect(chain.tip().hash).toBe(first.hash)
  })

  it('moves to a 3-block branch from a 2-block one, and the coins are those of the longer alone', async () => {
    const { chain, mine, mineMany } = await createTestChain()
    const [funding] = await mineMany(11)
    const fork = chain.tip()
    const spend = coinbaseInput(funding!)
    const toAlice = pay([spend], [{ value: 49 * COIN, scriptPubKey: ALICE.scriptPubKey }])
    const toBob = pay([spend], [{ value: 48 * COIN, scriptPubKey: BOB.scriptPubKey }])
    await mine({ tag: 'short', transactions: [toAlice], fees: COIN })
    await mine({ tag: 'short' })
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(1)

    const changes: TipChange[] = []
    chain.events.on('tipChanged', (change) => changes.push(change))
    let parent = fork
    for (const plan of [
      { tag: 'long' },
      { tag: 'long', transactions: [toBob], fees: 2 * COIN },
      { tag: 'long' },
    ]) {
      const block = await mine(plan, parent)
      parent = chain.entry(block.hash)!
    }
    expect(chain.tip().hash).toBe(parent.hash)
    expect(changes).toHaveLength(1)
    expect(changes[0]!.disconnected).toHaveLength(2)
    expect(changes[0]!.connected).toHaveLength(3)
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(0)
    const [bobs] = await chain.coinsOfScript(BOB.scriptPubKey)
    expect(bobs?.coin.value).toBe(48 * COIN)
    expect((await chain.coinStatistics()).total).toBe(14 * 50 * COIN)
    expect(await chain.transactionBlock(toAlice.txid)).toBeUndefined()
    expect(await chain.transactionBlock(toBob.txid)).toBe(chain.entryAt(13)!.hash)
  })

  it('stays on the valid branch when a longer one turns out to be invalid', async () => {
    const { chain, mine, mineMany, build } = await createTestChain()
    await mineMany(3)
    const fork = chain.entryAt(1)!
    const tip = chain.tip()
    const side1 = await mine({ tag: 'side' }, fork)
    // Equal work at height 3: a coinbase that claims too much is only found on connecting.
    const greedy = build({ tag: 'side', fees: 1 }, chain.entry(side1.hash)!)
    expect(await chain.acceptBlock(greedy)).toMatchObject({ ok: true, value: { connected: false } })
    const last = build({ tag: 'side' }, chain.entry(greedy.hash)!)
    const refused = await chain.acceptBlock(last)
    expect(refused).toMatchObject({ ok: false, error: { code: 'parent-invalid' } })
    expect(chain.tip().hash).toBe(tip.hash)
    expect(chain.bestHeader().hash).toBe(tip.hash)
    expect(await chain.acceptBlock(greedy)).toMatchObject({
      ok: false,
      error: { code: 'coinbase-value-exceeded' },
    })
    expect(chain.faultOf(greedy.hash)?.code).toBe('coinbase-value-exceeded')
    expect(chain.faultOf(last.hash)?.code).toBe('parent-invalid')
    expect(chain.faultOf(side1.hash)).toBeUndefined()
  })

  it('says which bodies are missing on the way to any header, in whatever turn it is asked', async () => {
    const { chain, mineMany } = await createTestChain()
    await mineMany(5)
    const [one, other] = [
      buildBranch(chain.entryAt(3)!, emptyPlans(9, 'one')),
      buildBranch(chain.entryAt(4)!, emptyPlans(4, 'other')),
    ]
    for (const branch of [one, other]) await chain.acceptHeaders(branch.map(({ header }) => header))
    const missing = (branch: readonly Block[], max = 100) =>
      chain.missingBodies(max, chain.entry(branch.at(-1)!.hash))
    const hashes = (blocks: readonly Block[]) => blocks.map(({ hash }) => hash)
    expect(missing(one)).toEqual(hashes(one))
    expect(missing(other)).toEqual(hashes(other))
    await chain.acceptBlock(one[0]!)
    await chain.acceptBlock(other[0]!)
    await chain.acceptBlock(other[2]!)
    expect(missing(other)).toEqual(hashes([other[1]!, other[3]!]))
    expect(missing(one, 2)).toEqual(hashes(one.slice(1, 3)))
    expect(missing(one.slice(0, 3))).toEqual(hashes(one.slice(1, 3)))
    expect(chain.missingBodies(100)).toEqual(hashes(one.slice(1)))
    expect(chain.missingBodies(100, chain.tip())).toEqual([])
  })

  it('connects blocks that arrive before their parents, whatever the order', async () => {
    const source = await createTestChain()
    const blocks = await source.mineMany(8)
    const { chain } = await createTestChain()
    await chain.acceptHeaders(blocks.map((block) => block.header))
    expect(chain.missingBodies(100)).toEqual(blocks.map((block) => block.hash))
    for (const i of [3, 1, 7, 0, 2, 5, 6, 4]) expect((await chain.acceptBlock(blocks[i]!)).ok).toBe(true)
    expect(chain.tip().hash).toBe(source.chain.tip().hash)
    expect(chain.missingBodies(100)).toEqual([])
    expect(await chain.coinStatistics()).toEqual(await source.chain.coinStatistics())
  })

  it('tells followers of a change before the next block is taken', async () => {
    const { chain, mine } = await createTestChain()
    const seen: number[] = []
    const follower: ChainFollower = {
      async tipChanged({ tip }) {
        await Promise.resolve()
        seen.push(tip.height)
        expect(chain.tip().height).toBe(tip.height)
      },
    }
    chain.follow(follower)
    await Promise.all([mine(), mine({ tag: 'other' })])
    await mine()
    expect(seen).toEqual([1, 2])
  })

  it('goes on at its tip after a restart, with the same coins', async () => {
    const store = createMemoryStore()
    const before = await createTestChain({ store })
    await before.mineMany(5)
    await before.mine({ tag: 'side' }, before.chain.entryAt(3)!)
    const statistics = await before.chain.coinStatistics()
    const after = await createTestChain({ store })
    expect(after.chain.tip().hash).toBe(before.chain.tip().hash)
    expect(after.chain.tip().work).toBe(before.chain.tip().work)
    expect(await after.chain.coinStatistics()).toEqual(statistics)
    await after.mine()
    expect(after.chain.tip().height).toBe(6)
  })

  it('writes nothing to a store that it could not start on, such as one of another network', async () => {
    const store = createMemoryStore()
    const before = await createTestChain({ store })
    await before.mineMany(2)
    const other = createChain(builtInNetwork('test'), {
      store: createChainStore(store, { addresses: true, transactions: true }),
      signatures: testSignatures,
      verified: createVerifiedTransactions(),
      random: createSeededRandom('other'),
      clock: createFakeClock(),
      logger: SILENT_LOGGER,
    })
    await expect(other.start()).rejects.toMatchObject({ code: 'network-mismatch' })
    await other.stop()
    const after = await createTestChain({ store })
    expect(after.chain.tip().hash).toBe(before.chain.tip().hash)
  })

  it('finishes a move to a better branch that a stop has cut off', async () => {
    const store = createMemoryStore()
    const before = await createTestChain({ store })
    const blocks = await before.mineMany(3)
    // A body stored but not connected, as after a crash between two commits.
    const other = await createTestChain({ store: createMemoryStore() })
    for (const block of blocks) await other.chain.acceptBlock(block)
    const ahead = other.build()
    const headerOnly = await before.chain.acceptHeaders([ahead.header])
    expect(headerOnly.ok).toBe(true)
    expect(before.chain.missingBodies(10)).toEqual([ahead.hash])
    const after = await createTestChain({ store })
    expect(after.chain.bestHeader().hash).toBe(ahead.hash)
    expect((await after.chain.acceptBlock(ahead)).ok).toBe(true)
    expect(after.chain.tip().hash).toBe(ahead.hash)
  })

  it('does not condemn the honest block for a body that was changed on the way', async () => {
    const { chain, build, mineMany } = await createTestChain()
    const [funding] = await mineMany(11)
    const tx = pay([coinbaseInput(funding!)], [{ value: COIN, scriptPubKey: MINER.scriptPubKey }])
    const honest = build({ transactions: [tx] })
    const mutated = makeBlock(honest.header, honest.transactions.slice(0, 1))
    expect(await chain.acceptBlock(mutated)).toMatchObject({
      ok: false,
      error: { code: 'merkle-root-mismatch' },
    })
    expect(await chain.acceptBlock(honest)).toMatchObject({ ok: true, value: { connected: true } })
  })

  it('answers a locator with the headers after the fork', async () => {
    const { chain, mineMany } = await createTestChain()
    const blocks = await mineMany(40)
    const locator = chain.locator(chain.entryAt(30))
    expect(locator[0]).toBe(blocks[29]!.hash)
    expect(locator.at(-1)).toBe(chain.genesis.hash)
    const headers = chain.headersAfter(locator, undefined, 5)
    expect(headers.map((header) => header.hash)).toEqual(blocks.slice(30, 35).map((block) => block.hash))
    const unknown = 'f'.repeat(64) as BlockHash
    expect(chain.headersAfter([unknown], undefined, 2)[0]?.hash).toBe(blocks[0]!.hash)
  })
})
