import { describe, expect, it } from 'vitest'
import { createApiNode } from '../support/api-node.ts'

const UNKNOWN = 'ab'.repeat(32)

describe('POST /v1/blocks/:hash/invalidate and reconsider', () => {
  it('move the tip below the block, and back', async () => {
    const { post, mineMany, chain } = await createApiNode()
    const [first, second, third] = await mineMany(3)
    expect(await post(`/v1/blocks/${second!.hash}/invalidate`)).toEqual({
      status: 200,
      body: {
        block: { hash: second!.hash, height: 2 },
        connected: false,
        tip: { hash: first!.hash, height: 1 },
      },
    })
    expect(chain.tip().hash).toBe(first!.hash)
    expect(await post(`/v1/blocks/${second!.hash.toUpperCase()}/reconsider`)).toEqual({
      status: 200,
      body: {
        block: { hash: second!.hash, height: 2 },
        connected: true,
        tip: { hash: third!.hash, height: 3 },
      },
    })
  })

  it.each(['invalidate', 'reconsider'])(
    'refuse a block that is not known, or no hash: %s',
    async (verdict) => {
      const { post } = await createApiNode()
      expect(await post(`/v1/blocks/${UNKNOWN}/${verdict}`)).toMatchObject({
        status: 404,
        body: { code: 'block-unknown' },
      })
      expect(await post(`/v1/blocks/5/${verdict}`)).toMatchObject({
        status: 400,
        body: { code: 'request-invalid' },
      })
    },
  )

  it('leave genesis alone', async () => {
    const { post, chain } = await createApiNode()
    expect(await post(`/v1/blocks/${chain.genesis.hash}/invalidate`)).toMatchObject({
      status: 409,
      body: { code: 'genesis-valid' },
    })
    expect(await post(`/v1/blocks/${chain.genesis.hash}/reconsider`)).toMatchObject({ status: 200 })
  })

  it('change nothing where the tip cannot go back so far', async () => {
    const { post, mineMany, chain, clock } = await createApiNode({}, { prune: 5 })
    const blocks = await mineMany(10)
    await clock.advance(60_000)
    await expect.poll(() => chain.pruning()?.lowestBody).toBe(6)
    expect(await post(`/v1/blocks/${blocks[3]!.hash}/invalidate`)).toMatchObject({
      status: 410,
      body: { code: 'block-pruned' },
    })
    expect(chain.tip().hash).toBe(blocks[9]!.hash)
    expect(chain.bestHeader().hash).toBe(blocks[9]!.hash)
    expect(await post(`/v1/blocks/${blocks[5]!.hash}/invalidate`)).toMatchObject({
      body: { tip: { height: 5 } },
    })
  })
})
