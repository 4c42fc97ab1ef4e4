import { type ChainOptions, type ChainService, createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { builtInNetwork } from '../../src/consensus/networks.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { ChainEntry, ChainFollower } from '../../src/ports/chain.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Store } from '../../src/ports/store.ts'
import type { VerifiedTransactions } from '../../src/ports/verified-transactions.ts'
import type { Block } from '../../src/primitives/block.ts'
import { createChainStore, type IndexOptions } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { type BlockPlan, buildBlock } from './block-builder.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type TestInput, type TestKey, testKey } from './key.ts'
import { createSeededRandom } from './seeded-random.ts'
import { testSignatures } from './signatures.ts'

export const DEV: NetworkParameters = builtInNetwork('dev')
export const MINER = testKey('miner')

export interface TestChain {
  readonly chain: ChainService
  readonly store: Store
  /** shared by the chain and whoever else checks transactions */
  readonly verified: VerifiedTransactions
  readonly clock: FakeClock
  readonly miner: TestKey
  /** Builds a block on `parent` (the tip where it is left out) without offering it. */
  build(plan?: Partial<BlockPlan>, parent?: ChainEntry): Block
  /** Builds a block and has it accepted; throws where it is refused. */
  mine(plan?: Partial<BlockPlan>, parent?: ChainEntry): Promise<Block>
  /** Mines so many empty blocks. */
  mineMany(count: number, plan?: Partial<BlockPlan>): Promise<Block[]>
}

/** The miner's coinbase coin of a block, ready to be spent. */
export function coinbaseInput(block: Block, key: TestKey = MINER): TestInput {
  const coinbase = block.transactions[0]!
  return { outPoint: { txid: coinbase.txid, vout: 0 }, coin: coinbase.outputs[0]!, key }
}

/** A started chain over a store in memory, `dev` rules and a clock that stands still. */
export async function createTestChain({
  parameters = DEV,
  store = createCheckedStore(createMemoryStore()),
  clock = createFakeClock(),
  options = {},
  indexes = { addresses: true, transactions: true },
  follower,
}: {
  parameters?: NetworkParameters
  store?: Store
  clock?: FakeClock
  options?: ChainOptions
  follower?: ChainFollower
  indexes?: IndexOptions
} = {}): Promise<TestChain> {
  const verified = createVerifiedTransactions()
  const chain = createChain(
    parameters,
    {
      store: createChainStore(store, indexes),
      signatures: testSignatures,
      verified,
      random: createSeededRandom('chain'),
      clock,
      logger: SILENT_LOGGER,
    },
    options,
  )
  if (follower !== undefined) chain.follow(follower)
  await chain.start()
  const build = (plan: Partial<BlockPlan> = {}, parent: ChainEntry = chain.tip()) =>
    buildBlock(chain, parent, { scriptPubKey: MINER.scriptPubKey, ...plan })
  const mine = async (plan: Partial<BlockPlan> = {}, parent: ChainEntry = chain.tip()) => {
    const block = build(plan, parent)
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) throw new Error(`${accepted.error.code} ${JSON.stringify(accepted.error.details)}`)
    return block
  }
  return {
    chain,
    verified,
    store,
    clock,
    miner: MINER,
    build,
    mine,
    async mineMany(count, plan) {
      const blocks: Block[] = []
      for (let i = 0; i < count; i++) blocks.push(await mine(plan))
      return blocks
    },
  }
}
