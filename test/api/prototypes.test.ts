import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const ALICE = addressOf(testKey('alice'))

async function payment() {
  const node = await createApiNode()
  const [first] = await node.mineMany(11)
  const reward = first!.transactions[0]!.outputs[0]!.value
  const tx = pay([coinbaseInput(first!)], [{ value: reward - 1_000, scriptPubKey: MINER.scriptPubKey }])
  return { node, tx }
}

describe('the routes of the prototypes', () => {
  it('GET /mine mines a block, to the address asked for or that of the miner', async () => {
    const node = await createApiNode()
    expect(await node.get('/mine')).toMatchObject({ status: 409, body: { code: 'address-needed' } })
    const genesis = node.chain.tip().hash
    expect(await node.get(`/mine?address=${ALICE}`)).toMatchObject({
      status: 200,
      body: { message: 'New block mined', index: 1, previous_hash: genesis, proof: expect.any(Number) },
    })
    node.testMiner.start(MINER.scriptPubKey, addressOf(MINER))
    const { body } = await node.get('/mine')
    expect(body).toMatchObject({ index: 2, hash: node.chain.tip().hash })
    expect(await node.get('/mine?address=nobody')).toMatchObject({ status: 400 })
  })

  it('POST /transactions/new takes a signed transaction with 201', async () => {
    const { node, tx } = await payment()
    expect(await node.post('/transactions/new', { hex: toHex(tx.bytes) })).toEqual({
      status: 201,
      body: { message: 'Transaction will be added to block 12 or a later one', txid: tx.txid },
    })
    expect(node.mempool.get(tx.txid)).toBeDefined()
  })

  it('POST /transactions/new forbids one whose signature is bad with 403, and refuses others with 422', async () => {
    const { node, tx } = await payment()
    const forged = makeTransaction({
      ...tx,
      outputs: [{ ...tx.outputs[0]!, value: tx.outputs[0]!.value - 1 }],
    })
    expect(await node.post('/transactions/new', { hex: toHex(forged.bytes) })).toMatchObject({
      status: 403,
      body: { code: 'signature-invalid' },
    })
    const unsigned = makeTransaction({ ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness: [] })) })
    expect(await node.post('/transactions/new', { hex: toHex(unsigned.bytes) })).toMatchObject({
      status: 403,
    })
    const orphan = pay(
      [{ outPoint: { txid: '11'.repeat(32) as never, vout: 0 }, coin: { value: 9_000 }, key: MINER }],
      [{ value: 8_000, scriptPubKey: MINER.scriptPubKey }],
    )
    expect(await node.post('/transactions/new', { hex: toHex(orphan.bytes) })).toMatchObject({
      status: 422,
      body: { code: 'missing-inputs' },
    })
    expect(await node.post('/transactions/new', { hex: '00' })).toMatchObject({ body: { code: 'malformed' } })
    expect(await node.post('/transactions/new', { sender: 'a' })).toMatchObject({ status: 400 })
  })

  it('GET /chain lists the chain, its last blocks first asked for, the rest in pages', async () => {
    const node = await createApiNode()
    await node.mineMany(29)
    const { body } = await node.get('/chain')
    const page = body as { length: number; chain: { index: number }[]; next: number | null }
    expect(page).toMatchObject({ length: 30, next: null })
    expect(page.chain.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => i + 10))
    const all = []
    for (let from: number | null = 0; from !== null; ) {
      const { chain, next } = (await node.get(`/chain?from=${from}&limit=7`)).body as typeof page
      all.push(...chain)
      from = next
    }
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(await node.get('/chain?limit=21')).toMatchObject({ status: 400 })
    expect(await node.get('/chain?from=31')).toMatchObject({ status: 200, body: { chain: [], next: null } })
  })

  it('POST /nodes/register connects to nodes, and says which cannot be reached', async () => {
    const node = await createApiNode()
    const [good, bad] = ['/ip4/192.0.2.1/tcp/1/p2p/12D3KooWGood', '/ip4/192.0.2.2/tcp/1/p2p/12D3KooWBad']
    const dialled: string[] = []
    node.peerControl.dial = async (address) => {
      dialled.push(address)
      if (address === bad) throw new CairnError('dial-failed', 'nobody answers')
      return '12D3KooWGood' as PeerId
    }
    expect(await node.post('/nodes/register', { nodes: [good, bad] })).toMatchObject({
      status: 201,
      body: { message: 'Some nodes have been added', failed: [{ node: bad, code: 'dial-failed' }] },
    })
    expect(dialled).toEqual([good, bad])
    expect(await node.post('/nodes/register', { nodes: [good] })).toMatchObject({
      status: 201,
      body: { message: 'New nodes have been added', failed: [] },
    })
    expect(await node.post('/nodes/register', { nodes: [bad] })).toMatchObject({ status: 422 })
    expect(await node.post('/nodes/register', { nodes: [] })).toMatchObject({ status: 400 })
  })

  it('GET /nodes/resolve asks the peers, and says whether their chain has replaced ours', async () => {
    const node = await createApiNode({ askPeers: () => onAsked() }, {}, systemClock)
    const genesis = node.chain.tip()
    await node.mineMany(1)
    let onAsked = (): void => {}
    expect(await node.get('/nodes/resolve')).toMatchObject({
      status: 200,
      body: { message: 'Our chain is authoritative', replaced: false, length: 2 },
    })
    onAsked = () => {
      for (const block of buildBranch(genesis, emptyPlans(2, 'theirs'))) void node.chain.acceptBlock(block)
    }
    expect(await node.get('/nodes/resolve')).toMatchObject({
      status: 200,
      body: { message: 'Our chain was replaced', replaced: true, length: 3 },
    })
  })
})
