import { expect, it } from 'vitest'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createTestChain } from '../support/test-chain.ts'

it('asks of others for the minimum of work, or for what the tip had 144 blocks ago', async () => {
  const { chain, mineMany } = await createTestChain({ options: { minimumWork: 20n } })
  expect(chain.workThreshold()).toBe(20n)
  const blocks = await mineMany(150)
  // Two hashes a block, genesis included.
  expect(chain.tip().work).toBe(302n)
  expect(chain.workThreshold()).toBe(20n)
  for (const block of buildBranch(chain.tip(), emptyPlans(10, 'more'))) await chain.acceptBlock(block)
  expect(chain.workThreshold()).toBe(322n - 288n)
  // Its own blocks, and those of a store, may have less.
  expect(chain.wasConnected(blocks[0]!.hash)).toBe(true)
  expect(chain.wasConnected(chain.genesis.hash)).toBe(true)
})
