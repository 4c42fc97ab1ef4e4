import { expect, it } from 'vitest'
import type { TipChange } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { createTestChain, MINER } from '../support/test-chain.ts'

/** Outputs that can never be spent: bytes without coins. */
const DATA = { value: 0, scriptPubKey: new Uint8Array(400_000).fill(0x6a) }
const DATA_OUTPUTS = 2

/** A store as a killed process leaves it: sixty blocks of 0.8 MB above the coins that are on disk. */
async function killedStore(): Promise<{ store: ReturnType<typeof createMemoryStore>; blocks: Block[] }> {
  const store = createMemoryStore()
  const test = await createTestChain({ store })
  const data = Array.from({ length: DATA_OUTPUTS }, () => DATA)
  const blocks = await test.mineMany(60, {
    coinbaseOutputs: [{ value: 1, scriptPubKey: MINER.scriptPubKey }, ...data],
  })
  return { store, blocks }
}

const bytesOf = ({ connected, disconnected }: TipChange): number =>
  [...connected, ...disconnected].reduce((sum, { block }) => sum + block.bytes.length, 0)

it('a start after a kill, and an order to leave a chain, hold some 16 MB of blocks at a time', async () => {
  const { store, blocks } = await killedStore()
  const changes: TipChange[] = []
  const test = await createTestChain({
    store,
    follower: { tipChanged: async (change) => void changes.push(change) },
  })
  expect(test.chain.tip().height).toBe(60)
  await test.chain.invalidate(blocks[0]!.hash)
  expect(test.chain.tip().height).toBe(0)
  expect(changes.length).toBeGreaterThan(4)
  expect(Math.max(...changes.map(bytesOf))).toBeLessThan(17_500_000)
  expect((await test.chain.coinStatistics()).count).toBe(0)
  await test.chain.reconsider(blocks[0]!.hash)
  expect(test.chain.tip().height).toBe(60)
  expect((await test.chain.coinStatistics()).count).toBe(60)
})
