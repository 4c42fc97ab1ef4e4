import { expect, it } from 'vitest'
import { hashIdBytes, sha256d, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { createApiNode } from '../support/api-node.ts'
import { pay } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

/** What a light client does with a proof, of which it trusts nothing but the header's merkle root. */
function rootOf(proof: { txid: string; position: number; branch: readonly string[] }): string {
  let digest = hashIdBytes(proof.txid as Txid)
  proof.branch.forEach((text, level) => {
    const neighbour = hashIdBytes(text as Txid)
    const isRight = (proof.position >> level) % 2 === 1
    digest = isRight ? sha256d(neighbour, digest) : sha256d(digest, neighbour)
  })
  return toHashId(digest)
}

it('a proof leads from each transaction of a block to the merkle root in its header', async () => {
  const node = await createApiNode()
  const blocks = await node.mineMany(15)
  const transactions = blocks.slice(0, 4).map((block) => {
    const value = block.transactions[0]!.outputs[0]!.value - 1_000
    return pay([coinbaseInput(block)], [{ value, scriptPubKey: MINER.scriptPubKey }])
  })
  const block = await node.mine({ transactions })
  for (const [position, { txid }] of block.transactions.entries()) {
    const { status, body } = await node.get(`/v1/transactions/${txid}/proof`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ txid, position, block: { hash: block.hash, height: 16 } })
    expect(rootOf(body as Parameters<typeof rootOf>[0])).toBe(block.header.merkleRoot)
    expect(body).toMatchObject({ merkleRoot: block.header.merkleRoot })
  }
  const [one] = transactions
  await node.chain.invalidate(block.hash)
  expect(await node.get(`/v1/transactions/${one!.txid}/proof`)).toMatchObject({
    status: 404,
    body: { code: 'transaction-unknown' },
  })
})
