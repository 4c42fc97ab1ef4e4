import { type ChainService, createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS } from '../../src/mempool/mempool.ts'
import { createMiner } from '../../src/mining/miner.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Signatures } from '../../src/ports/signatures.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import type { TestKey } from '../../test/support/key.ts'
import { withOverrides } from '../../test/support/overrides.ts'
import type { Chance } from './chance.ts'
import type { Disk } from './disk.ts'
import { createForgedChain, type ForgedChain } from './forged-chain.ts'
import { SIM_INDEXES, SIM_NETWORK } from './history.ts'
import type { NodeClock } from './node-clock.ts'
import { createSimulatedSearch } from './simulated-search.ts'

/**
 * The selfish miner of Eyal and Sirer, "Majority is not enough" (2013): blocks are kept back and built upon in secret,
 * and published only when the others come so close that they would be lost otherwise. It mines empty blocks.
 */
export interface SelfishPool {
  /** what its node shows to peers */
  readonly chain: Chain
  /** Begins to mine. */
  start(): Promise<void>
  /** Publishes what is kept back and mines no more. */
  stop(): Promise<void>
  /** blocks that it has found */
  readonly found: ReadonlySet<BlockHash>
}

export interface SelfishPoolDependencies {
  /** the chain of its node, which follows the network */
  readonly known: ChainService
  readonly clock: NodeClock
  readonly chance: Chance
  readonly signatures: Signatures
  /** holds what the node's disk holds */
  readonly disk: Disk
  readonly hashesPerSecond: number
  readonly key: TestKey
}

export function createSelfishPool(dependencies: SelfishPoolDependencies): SelfishPool {
  const { known, clock, chance, signatures, disk, hashesPerSecond, key } = dependencies
  const shared = { clock, logger: SILENT_LOGGER, signatures, verified: createVerifiedTransactions() }
  const secret = createChain(SIM_NETWORK, {
    ...shared,
    random: chance.fork('chain'),
    store: createChainStore(createCheckedStore(disk.open(clock)), SIM_INDEXES),
  })
  const miner = createMiner(
    {},
    {
      ...shared,
      chain: secret,
      mempool: createMempool(DEFAULT_MEMPOOL_OPTIONS, { ...shared, chain: secret }),
      search: createSimulatedSearch(hashesPerSecond, clock, chance.fork('search')),
      random: chance.fork('miner'),
    },
  )
  const forged: ForgedChain = createForgedChain(known)
  const found = new Set<BlockHash>()
  /** found and not published, lowest first */
  let kept: { readonly block: Block; readonly height: number }[] = []
  let racing = false
  /** the highest block of the others */
  let theirs = 0

  async function publish(count: number): Promise<void> {
    for (const { block } of kept.splice(0, count)) {
      await known.acceptBlock(block)
      // In a race the node's own chain stays with the block that came first; peers are told of ours all the same.
      if (known.tip().hash !== block.hash) forged.announce(block)
    }
  }

  secret.events.on('tipChanged', ({ connected, disconnected }) => {
    for (const { block, entry } of connected) {
      if (!entry || known.entry(entry.hash) !== undefined) continue
      found.add(entry.hash)
      kept.push({ block, height: entry.height })
    }
    const left = new Set(disconnected.map(({ entry }) => entry.hash))
    kept = kept.filter(({ block }) => !left.has(block.hash))
    // In a race the next block decides it.
    if (racing && kept.length > 0) {
      racing = false
      void publish(kept.length)
    }
  })

  /** A block of the others has come. */
  async function heard(block: Block, height: number): Promise<void> {
    await secret.acceptBlock(block)
    if (height <= theirs) return
    theirs = height
    const last = kept.at(-1)
    if (last === undefined) {
      racing = false
      return
    }
    const lead = last.height - height
    if (lead < 0) return
    racing = lead === 0
    // A lead of two or more is only shortened: what is published keeps up with the others.
    const count = lead <= 1 ? kept.length : kept.filter((each) => each.height <= height).length
    await publish(count)
  }

  return {
    found,
    chain: withOverrides<Chain>(forged.chain, {
      async acceptBlock(block) {
        const accepted = await known.acceptBlock(block)
        if (accepted.ok && accepted.value.isNew) await heard(block, accepted.value.entry.height)
        return accepted
      },
    }),
    async start() {
      await secret.start()
      theirs = known.tip().height
      miner.start(key.scriptPubKey, 'selfish')
    },
    async stop() {
      await miner.stop()
      await publish(kept.length)
    },
  }
}
