import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { decodeHeader } from '../../src/primitives/header.ts'
import { createApiNode } from '../support/api-node.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

describe('headers', () => {
  it('come as bytes, from a height upwards, in pages that link', async () => {
    const node = await createApiNode()
    await node.mineMany(9)
    const hashes: string[] = []
    for (let from: number | null = 0; from !== null; ) {
      const { body } = await node.get(`/v1/headers?from=${from}&limit=4`)
      const page = body as { headers: string[]; next: number | null }
      for (const hex of page.headers) {
        const header = decodeHeader(fromHex(hex)!)
        expect(header.ok && header.value.previous).toBe(hashes.at(-1) ?? '0'.repeat(64))
        if (header.ok) hashes.push(header.value.hash)
      }
      from = page.next
    }
    expect(hashes).toHaveLength(10)
    expect(hashes.at(-1)).toBe(node.chain.tip().hash)
    expect(await node.get('/v1/headers?from=10')).toMatchObject({ body: { headers: [], next: null } })
    expect(await node.get('/v1/headers?limit=2001')).toMatchObject({ status: 400 })
  })
})

describe('tips', () => {
  it('are the ends of all branches with what is known of them, the one with the most work first', async () => {
    const node = await createApiNode()
    const fork = node.chain.tip()
    await node.mineMany(3)
    const tip = node.chain.tip()
    const side = buildBranch(fork, emptyPlans(2, 'side'))
    for (const block of side) await node.chain.acceptBlock(block)
    const [lone] = buildBranch(fork, emptyPlans(1, 'lone'))
    await node.chain.acceptHeaders([lone!.header])
    expect(await node.get('/v1/tips')).toMatchObject({
      body: {
        tips: [
          { hash: tip.hash, height: 3, status: 'connected' },
          { hash: side[1]!.hash, height: 2, status: 'unchecked' },
          { hash: lone!.hash, height: 1, status: 'headers' },
        ],
      },
    })
    await node.chain.invalidate(tip.hash)
    expect((await node.get('/v1/tips')).body).toMatchObject({
      tips: [{ hash: tip.hash, status: 'valid' }, {}, {}],
    })
  })
})

describe('a block', () => {
  it('comes as bytes, and with its transactions in pages', async () => {
    const node = await createApiNode()
    const blocks = await node.mineMany(14)
    const transactions = blocks.slice(0, 4).map((block) => {
      const value = block.transactions[0]!.outputs[0]!.value - 1_000
      return pay([coinbaseInput(block)], [{ value, scriptPubKey: MINER.scriptPubKey }])
    })
    const block = await node.mine({ transactions })
    const { body } = await node.get(`/v1/blocks/${block.hash}/raw`)
    const raw = decodeBlock(fromHex((body as { hex: string }).hex)!)
    expect(raw.ok && raw.value.hash).toBe(block.hash)
    const txids: string[] = []
    for (let from: number | null = 0; from !== null; ) {
      const answer = await node.get(`/v1/blocks/15/transactions?from=${from}&limit=2`)
      const page = answer.body as { total: number; transactions: { txid: string }[]; next: number | null }
      expect(page.total).toBe(5)
      txids.push(...page.transactions.map(({ txid }) => txid))
      from = page.next
    }
    expect(txids).toEqual(block.transactions.map(({ txid }) => txid))
    expect(await node.get('/v1/blocks/99/raw')).toMatchObject({ status: 404 })
    const [lone] = buildBranch(node.chain.tip(), emptyPlans(1, 'lone'))
    await node.chain.acceptHeaders([lone!.header])
    expect(await node.get(`/v1/blocks/${lone!.hash}/raw`)).toMatchObject({
      status: 404,
      body: { code: 'block-body-unknown' },
    })
  })
})

describe('those who watch over a node', () => {
  it('learn that it answers, what it is, and whether it has caught up', async () => {
    const node = await createApiNode()
    await node.mineMany(1)
    expect(await node.get('/v1/health')).toEqual({ status: 200, body: { ok: true } })
    expect(await node.get('/v1/version')).toEqual({ status: 200, body: { userAgent: 'cairn/test', api: 1 } })
    expect(await node.get('/v1/ready')).toMatchObject({ status: 200, body: { ready: true, tipLag: 0 } })
    const ahead = buildBranch(node.chain.tip(), emptyPlans(3, 'ahead'))
    await node.chain.acceptHeaders(ahead.map(({ header }) => header))
    expect(await node.get('/v1/ready')).toMatchObject({ status: 503, body: { ready: false, tipLag: 3 } })
  })
})

it('fees are the floor, and no guess while too little is known', async () => {
  const node = await createApiNode()
  expect(await node.get('/v1/fees')).toMatchObject({
    status: 200,
    body: { floor: 1, estimates: [{ target: 1, feeRate: null }, {}, {}, {}, {}, {}, {}, { target: 144 }] },
  })
})
