import { createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { makeNetwork } from '../../src/consensus/networks.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { OutPoint } from '../../src/primitives/outpoint.ts'
import { createChainStore, type IndexOptions } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { buildBlock } from '../../test/support/block-builder.ts'
import { type TestKey, testKey } from '../../test/support/key.ts'
import { createChance } from './chance.ts'
import { createDisk } from './disk.ts'
import { EPOCH_MS } from './node-clock.ts'
import { createSharedSignatures } from './shared-signatures.ts'

/** Blocks that are there before the simulation begins: more than the 144 behind which no branch is taken. */
export const HISTORY_BLOCKS = 180
const SPACING = 30
const MATURITY = 10
/** Hashes that a block takes on average at the start. */
export const HASHES_A_BLOCK = 64
/** Keys that the history has paid, and coins that it has paid to them in each block. */
const WALLETS = 32
const COINS_A_BLOCK = 8
const HOSTILE_COINS = 300

export const SIM_INDEXES: IndexOptions = { addresses: false, transactions: false }

/** Main's rules with less work in a block, and rewards that can be spent sooner. */
export const SIM_NETWORK: NetworkParameters = makeNetwork({
  name: 'simulation',
  prefix: 'sim',
  spacing: SPACING,
  halfLife: 3600,
  limitBits: 0x207fffff,
  initialBits: 0x2003ffff,
  futureLimit: 300,
  gapCap: 7200,
  maturity: MATURITY,
  halving: 2_100_000,
  subsidy: 500_000_000,
  genesisTime: EPOCH_MS / 1000 - HISTORY_BLOCKS * SPACING,
})

/** A coin with the key that spends it. */
export interface OwnedCoin {
  readonly outPoint: OutPoint
  readonly value: number
  readonly key: TestKey
}

/** A chain from which nodes begin. */
export interface History {
  /** as a disk holds it */
  readonly contents: ReadonlyMap<string, Uint8Array>
  /** that may be spent at once, in an order that mixes the keys */
  readonly coins: readonly OwnedCoin[]
  /** the same, for adversaries */
  readonly hostileCoins: readonly OwnedCoin[]
  readonly keys: readonly TestKey[]
  readonly blocks: readonly Block[]
}

/** Time stands still, and nothing takes any. */
const STILL: Clock = {
  now: () => EPOCH_MS,
  monotonic: () => 0,
  sleep: async () => {},
  after: () => () => {},
  turn: async () => {},
}

/** The same for every seed: made once for all runs of a process. */
export async function makeHistory(): Promise<History> {
  const keys = Array.from({ length: WALLETS }, (_, index) => testKey(`wallet ${index}`))
  const disk = createDisk(new Map(), new Map())
  const chain = createChain(SIM_NETWORK, {
    store: createChainStore(createCheckedStore(disk.open(STILL)), SIM_INDEXES),
    signatures: createSharedSignatures(() => true).for(STILL),
    verified: createVerifiedTransactions(),
    random: createChance('history'),
    clock: STILL,
    logger: SILENT_LOGGER,
  })
  await chain.start()
  const blocks: Block[] = []
  const coins: OwnedCoin[] = []
  for (let height = 1; height <= HISTORY_BLOCKS; height++) {
    const value = blockSubsidy(height, SIM_NETWORK) / COINS_A_BLOCK
    const payees = Array.from({ length: COINS_A_BLOCK }, (_, i) => keys[(height * 5 + i * 3) % WALLETS]!)
    const block = buildBlock(chain, chain.tip(), {
      scriptPubKey: keys[0]!.scriptPubKey,
      coinbaseOutputs: payees.map(({ scriptPubKey }) => ({ value, scriptPubKey })),
      header: { time: SIM_NETWORK.genesisTime + height * SPACING },
    })
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) throw new Error(`the history is invalid: ${accepted.error.code}`)
    blocks.push(block)
    if (height > HISTORY_BLOCKS + 1 - MATURITY) continue
    const { txid } = block.transactions[0]!
    for (const [vout, key] of payees.entries()) coins.push({ outPoint: { txid, vout }, value, key })
  }
  await chain.stop()
  const hostileCoins = coins.splice(-HOSTILE_COINS)
  return { contents: disk.contents(), coins, hostileCoins, keys, blocks }
}
