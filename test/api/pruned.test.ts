import { describe, expect, it } from 'vitest'
import { createApiNode } from '../support/api-node.ts'

const KEPT = 5

/** A node with twenty blocks that has dropped all but the last few bodies. */
async function prunedNode() {
  const node = await createApiNode({}, { prune: KEPT })
  const blocks = await node.mineMany(20)
  // Bodies go once the coins have been written.
  await node.clock.advance(60_000)
  await expect.poll(() => node.chain.pruning()?.lowestBody).toBe(16)
  return { ...node, blocks }
}

describe('a node that drops old bodies', () => {
  it('says in its status what it keeps', async () => {
    const whole = await createApiNode()
    expect((await whole.get('/v1/status')).body).toMatchObject({ pruned: null })
    const young = await createApiNode({}, { prune: KEPT })
    expect((await young.get('/v1/status')).body).toMatchObject({ pruned: { keptBlocks: 5, lowestBody: 0 } })
    const node = await prunedNode()
    expect((await node.get('/v1/status')).body).toMatchObject({ pruned: { keptBlocks: 5, lowestBody: 16 } })
  })

  it('refuses a block whose body is gone, and tells what is left of it', async () => {
    const { get, blocks } = await prunedNode()
    const gone = blocks[14]!
    for (const id of ['15', gone.hash])
      expect(await get(`/v1/blocks/${id}`)).toMatchObject({
        status: 410,
        body: {
          code: 'block-pruned',
          detail: `the body of block ${gone.hash} at height 15 has been pruned: this node keeps the blocks from height 16 on`,
          details: {
            block: { hash: gone.hash, height: 15, confirmations: 6, nonce: gone.header.nonce },
            lowestBody: 16,
          },
        },
      })
    expect(await get('/v1/blocks/16')).toMatchObject({
      status: 200,
      body: { size: blocks[15]!.bytes.length },
    })
  })

  it('still lists the headers of all blocks', async () => {
    const { get } = await prunedNode()
    const { body } = await get('/v1/blocks?from=3&limit=3')
    expect(body).toMatchObject({ blocks: [{ height: 3 }, { height: 2 }, { height: 1 }] })
  })

  it('knows where a transaction is, and says that its block is gone', async () => {
    const { get, blocks, faults } = await prunedNode()
    const { txid } = blocks[2]!.transactions[0]!
    expect(await get(`/v1/transactions/${txid}`)).toMatchObject({
      status: 410,
      body: {
        code: 'block-pruned',
        detail: expect.stringContaining(`which holds transaction ${txid}, has been pruned`),
        details: { block: { hash: blocks[2]!.hash, height: 3 } },
      },
    })
    expect(await get(`/v1/transactions/${blocks[18]!.transactions[0]!.txid}`)).toMatchObject({ status: 200 })
    expect(faults).toEqual([])
  })
})
