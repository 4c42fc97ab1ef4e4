import { expect, it } from 'vitest'
import { createRecentBlocks } from '../../src/network/recent-blocks.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { withOverrides } from '../support/overrides.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createTestChain } from '../support/test-chain.ts'

async function setting() {
  const { chain, mineMany } = await createTestChain({ clock: createFakeClock() })
  const blocks = await mineMany(12)
  const read: BlockHash[] = []
  let isBroken = false
  const recent = createRecentBlocks({
    chain: withOverrides(chain, {
      async block(hash) {
        read.push(hash)
        if (isBroken) throw new Error('the disk is broken')
        return chain.block(hash)
      },
    }),
    random: createSeededRandom('recent'),
  })
  return {
    recent,
    read,
    blocks,
    break: (broken: boolean) => {
      isBroken = broken
    },
  }
}

it('reads a connected block once, however often and by however many it is asked for', async () => {
  const { recent, read, blocks } = await setting()
  const newest = blocks.slice(-8).map(({ hash }) => hash)
  for (let round = 0; round < 3; round++)
    await Promise.all([...newest, ...newest].map((hash) => recent.find(hash)))
  expect(read).toEqual(newest)
})

it('does not read blocks that lie deeper', async () => {
  const { recent, read, blocks } = await setting()
  expect(await recent.find(blocks.at(-9)!.hash)).toBeUndefined()
  expect(read).toEqual([])
})

it('reads again what the disk did not give', async () => {
  const { recent, blocks, ...disk } = await setting()
  const { hash, transactions } = blocks.at(-1)!
  disk.break(true)
  await expect(recent.find(hash)).rejects.toThrow('the disk is broken')
  disk.break(false)
  expect((await recent.find(hash))?.transactions).toEqual(transactions.map(({ bytes }) => bytes))
})
