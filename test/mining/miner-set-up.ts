import { expect, vi } from 'vitest'
import { createMempool } from '../../src/mempool/mempool.ts'
import type { MinerDependencies } from '../../src/mining/block-miner.ts'
import { createMiner, type MinerOptions } from '../../src/mining/miner.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { pay, testKey } from '../support/key.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput, createTestChain, type DEV, MINER } from '../support/test-chain.ts'
import { createPuppetSearch } from './puppet-search.ts'

export const ALICE = testKey('alice')
export const never = new AbortController().signal
/** What `check` returns, once it no longer throws. */
export const soon = <T>(check: () => T) => vi.waitFor(check, { interval: 2, timeout: 10_000 })

export interface SetUp {
  readonly options?: MinerOptions
  readonly parameters?: typeof DEV
  readonly replace?: (dependencies: MinerDependencies) => Partial<MinerDependencies>
}

/** A miner over a chain and a mempool in memory, with a puppet for the threads and a clock that stands still. */
export async function setUp({ options = { intervalSeconds: 0 }, parameters, replace }: SetUp = {}) {
  const test = await createTestChain(parameters === undefined ? {} : { parameters })
  const { chain, clock } = test
  const mempool = createMempool(
    { maxVirtualBytes: 1_000_000, minFeeRate: 1 },
    { chain, signatures: testSignatures, verified: test.verified, clock, logger: SILENT_LOGGER },
  )
  chain.follow(mempool)
  const search = createPuppetSearch()
  const random = createSeededRandom('miner')
  const dependencies: MinerDependencies = { chain, mempool, search, clock, random, logger: SILENT_LOGGER }
  const miner = createMiner(options, { ...dependencies, ...replace?.(dependencies) })
  /** the search under way, once it is another one than `last` */
  const nextSearch = (last?: unknown) =>
    soon(() => {
      const { current } = search
      if (current === undefined || current === last) throw new Error('no search yet')
      return current
    })
  const mineTo = (key = MINER) => miner.start(key.scriptPubKey, 'an address')
  const height = (wanted: number) => soon(() => expect(chain.tip().height).toBe(wanted))
  /** spends the first block's coinbase, which twelve blocks make ripe */
  const payment = async (fee: number) => {
    const [first] = await test.mineMany(12)
    const input = coinbaseInput(first!)
    return pay([input], [{ value: input.coin.value - fee, scriptPubKey: ALICE.scriptPubKey }])
  }
  return { ...test, mempool, search, miner, nextSearch, mineTo, height, payment }
}
