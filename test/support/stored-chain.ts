import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ChainOptions } from '../../src/chain/chain.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { loadConfig } from '../../src/node/config-load.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { TxOutput } from '../../src/primitives/transaction.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import type { CoinStatistics } from '../../src/storage/coin-questions.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { fakeMachine } from './fake-machine.ts'
import { pay, testKey } from './key.ts'
import { coinbaseInput, createTestChain, DEV, type TestChain } from './test-chain.ts'

const PAYEE = testKey('payee')

/** A data directory with a chain in it that no process has open. */
export interface StoredChain {
  readonly dataDirectory: string
  /** of the chain that is stored, by height from 1 on */
  readonly blocks: readonly Block[]
  readonly coins: CoinStatistics
  /** A copy for a test to damage; removed when the test ends. */
  copy(): Promise<string>
  remove(): Promise<void>
}

/** What is paid of a block's reward, which shrinks with the height: six tenths. */
function paidIn({ transactions }: Block): TxOutput[] {
  const { value } = transactions[0]!.outputs[0]!
  return [1, 2, 3].map((part) => ({
    value: Math.floor((value * part) / 10),
    scriptPubKey: PAYEE.scriptPubKey,
  }))
}

/** Mines so many blocks, most of them with payments: to one address, from coins of all ages. */
export async function mineBusyBlocks(test: TestChain, count: number): Promise<Block[]> {
  const blocks: Block[] = []
  for (let i = 0; i < count; i++) {
    const spent = blocks[i - DEV.maturity]
    const transactions = spent === undefined ? [] : [pay([coinbaseInput(spent)], paidIn(spent))]
    blocks.push(await test.mine({ transactions, tag: `busy ${i}` }))
  }
  return blocks
}

/** Opens the chain of a data directory, or makes one, whose tables are small; closes it when `use` is done. */
export async function withStoredChain<T>(
  dataDirectory: string,
  use: (test: TestChain, level: Store) => Promise<T>,
  options: ChainOptions = {},
): Promise<T> {
  const level = await openLevelStore(join(dataDirectory, 'chain'), { writeBufferSize: 65_536 })
  try {
    const test = await createTestChain({ store: createCheckedStore(level), options })
    const result = await use(test, level)
    await test.chain.stop()
    return result
  } finally {
    await level.close()
  }
}

/** Stores a chain of so many blocks: some in tables, some in a log. */
export async function storeChain(count: number, options: ChainOptions = {}): Promise<StoredChain> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'cairn-test-'))
  const { blocks, coins } = await withStoredChain(
    dataDirectory,
    async (test) => ({
      blocks: await mineBusyBlocks(test, count),
      coins: await test.chain.coinStatistics(),
    }),
    options,
  )
  return {
    dataDirectory,
    blocks,
    coins,
    async copy() {
      const path = await mkdtemp(join(tmpdir(), 'cairn-test-'))
      onTestFinished(() => rm(path, { recursive: true, force: true }))
      await cp(dataDirectory, path, { recursive: true })
      return path
    },
    remove: () => rm(dataDirectory, { recursive: true, force: true }),
  }
}

/** The configuration of a node on a data directory on `dev`. */
export const devConfig = (dataDirectory: string, flags = {}): Promise<NodeConfig> =>
  loadConfig({ network: 'dev', dataDir: dataDirectory, ...flags }, undefined, fakeMachine())

/** The coins that a data directory holds, opened as a node does. */
export const coinsIn = (dataDirectory: string): Promise<CoinStatistics> =>
  withStoredChain(dataDirectory, ({ chain }) => chain.coinStatistics())
