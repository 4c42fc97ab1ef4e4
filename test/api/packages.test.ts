import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { RULES } from '../../src/consensus/rules.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const hexOf = (tx: Transaction) => toHex(tx.bytes)

async function fundedNode() {
  const node = await createApiNode()
  const blocks = await node.mineMany(14)
  /** spends the coinbase of block `index` to so many outputs of Alice, leaving `fee` */
  const spend = (index: number, fee: number, outputs = 1) => {
    const input = coinbaseInput(blocks[index]!)
    const value = Math.floor((input.coin.value - fee) / outputs)
    const first = { value: input.coin.value - fee - value * (outputs - 1), scriptPubKey: ALICE.scriptPubKey }
    return pay([input], [first, ...Array(outputs - 1).fill({ value, scriptPubKey: ALICE.scriptPubKey })])
  }
  const child = (parent: Transaction, fee: number, vout = 0) => {
    const { value } = parent.outputs[vout]!
    const input = { outPoint: { txid: parent.txid, vout }, coin: { value }, key: ALICE }
    return pay([input], [{ value: value - fee, scriptPubKey: ALICE.scriptPubKey }])
  }
  return { ...node, spend, child }
}

describe('POST /v1/transactions/test', () => {
  it('says what the mempool would take, and what would be replaced, without taking it', async () => {
    const { post, spend, mempool } = await fundedNode()
    const first = spend(0, 1_000)
    const url = '/v1/transactions/test'
    const answer = {
      txid: first.txid,
      virtualSize: 110,
      allowed: true,
      fee: 1_000,
      replaces: [],
      refusal: null,
    }
    expect(await post(url, { hex: hexOf(first) })).toEqual({ status: 200, body: answer })
    expect(mempool.size).toBe(0)
    await post('/v1/transactions', { hex: hexOf(first) })
    expect(await post(url, { hex: hexOf(spend(0, 9_000)) })).toMatchObject({
      status: 200,
      body: { allowed: true, replaces: [first.txid] },
    })
    expect(mempool.entries().map(({ transaction }) => transaction.txid)).toEqual([first.txid])
  })

  it('refuses by code and sentence, which is an answer, and calls malformed what is no transaction', async () => {
    const { post, spend } = await fundedNode()
    const early = spend(13, 1_000)
    expect(await post('/v1/transactions/test', { hex: hexOf(early) })).toMatchObject({
      status: 200,
      body: {
        txid: early.txid,
        allowed: false,
        fee: null,
        refusal: {
          kind: 'rule',
          code: 'coinbase-immature',
          detail: RULES['coinbase-immature'].sentence,
        },
      },
    })
    expect(await post('/v1/transactions/test', { hex: '00' })).toMatchObject({
      status: 422,
      body: { code: 'malformed' },
    })
  })

  it('is for anyone on this machine', async () => {
    const { app, spend } = await fundedNode()
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/v1/transactions/test',
      headers: { host: '127.0.0.1' },
      payload: { hex: hexOf(spend(0, 1_000)) },
    })
    expect(statusCode).toBe(200)
  })
})

describe('POST /v1/packages', () => {
  it('takes a parent that pays nothing with the child that pays for it', async () => {
    const { post, spend, child, mempool } = await fundedNode()
    const parent = spend(0, 0)
    const paying = child(parent, 2_000)
    expect(await post('/v1/transactions', { hex: hexOf(parent) })).toMatchObject({
      body: { code: 'fee-below-minimum' },
    })
    expect(await post('/v1/packages', { hex: [hexOf(parent), hexOf(paying)] })).toEqual({
      status: 200,
      body: {
        transactions: [parent, paying].map(({ txid }) => ({
          txid,
          virtualSize: 110,
          pending: true,
          fee: txid === parent.txid ? 0 : 2_000,
          refusal: null,
        })),
      },
    })
    expect(mempool.size).toBe(2)
  })

  it('has a verdict for each of them', async () => {
    const { post, spend } = await fundedNode()
    const [good, poor] = [spend(0, 1_000), spend(1, 1)]
    expect(await post('/v1/packages', { hex: [hexOf(good), hexOf(poor)] })).toMatchObject({
      status: 200,
      body: {
        transactions: [
          { pending: true },
          { pending: false, fee: null, refusal: { kind: 'policy', code: 'fee-below-minimum' } },
        ],
      },
    })
  })

  it('takes 25 at most', async () => {
    const { post, spend } = await fundedNode()
    const hex = hexOf(spend(0, 1_000))
    for (const broken of [[], Array(26).fill(hex), hex, ['xy']])
      expect(await post('/v1/packages', { hex: broken })).toMatchObject({
        status: 400,
        body: { code: 'request-invalid' },
      })
  })
})

describe('GET /v1/mempool/transactions', () => {
  it('lists all that is pending in pages', async () => {
    const { get, mempool, spend } = await fundedNode()
    for (const index of [0, 1, 2, 3, 4]) await mempool.accept(spend(index, 1_000))
    const listed: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const { status, body } = await get(
        `/v1/mempool/transactions?limit=2${next === '' ? '' : `&after=${next}`}`,
      )
      expect(status).toBe(200)
      const page = body as { transactions: { txid: string }[]; next: string | null }
      listed.push(...page.transactions.map(({ txid }) => txid))
      next = page.next
    }
    expect(listed).toEqual(mempool.entries().map(({ transaction }) => transaction.txid))
  })

  it('refuses the cursor of another run, and what is none', async () => {
    const { get } = await createApiNode()
    expect(await get('/v1/mempool/transactions?after=zz-1')).toMatchObject({
      status: 410,
      body: { code: 'cursor-gone' },
    })
    expect(await get('/v1/mempool/transactions?after=x')).toMatchObject({ status: 400 })
  })

  it('tells of one what it builds on, and what builds on it', async () => {
    const { get, mempool, spend, child } = await fundedNode()
    const parent = spend(0, 1_000)
    const last = child(parent, 3_000)
    await mempool.accept(parent)
    await mempool.accept(last)
    const [own, both] = [110, 220].map((virtualSize, i) => ({ count: i + 1, virtualSize }))
    expect(await get(`/v1/mempool/transactions/${parent.txid}`)).toMatchObject({
      status: 200,
      body: {
        txid: parent.txid,
        wtxid: parent.wtxid,
        fee: 1_000,
        parents: [],
        children: [last.txid],
        ancestors: { ...own, fees: 1_000 },
        descendants: { ...both, fees: 4_000 },
      },
    })
    expect(await get(`/v1/mempool/transactions/${last.txid}`)).toMatchObject({
      body: { parents: [parent.txid], children: [], ancestors: { ...both, fees: 4_000 } },
    })
    expect(await get(`/v1/mempool/transactions/${'0'.repeat(64)}`)).toMatchObject({
      status: 404,
      body: { code: 'transaction-unknown' },
    })
  })
})

describe('pages of coins', () => {
  it('hold each coin of the addresses once, those of the chain before those that are pending', async () => {
    const { get, post, mempool, spend } = await fundedNode()
    for (const index of [0, 1, 2]) await mempool.accept(spend(index, 1_000, 3))
    interface Page {
      coins: { txid: string; vout: number }[]
      complete: boolean
      next: string | null
    }
    const addresses = [addressOf(ALICE), addressOf(MINER)]
    const all = (await post('/v1/coins', { addresses })).body as Page
    expect(all).toMatchObject({ complete: true, next: null })
    expect(all.coins).toHaveLength(14 + 9)
    for (const limit of [1, 4, 7, 14, 22, 23]) {
      const found: Page['coins'] = []
      for (let after: string | null | undefined; after !== null; ) {
        const { status, body } = await post('/v1/coins', { addresses, limit, ...(after && { after }) })
        expect(status).toBe(200)
        const { coins, complete, next } = body as Page
        expect(complete).toBe(next === null)
        expect(coins.length).toBeLessThanOrEqual(limit)
        found.push(...coins)
        after = next
      }
      expect(found).toEqual(all.coins)
    }
    const url = `/v1/addresses/${addressOf(MINER)}/coins?limit=5`
    const first = (await get(url)).body as Page
    const second = (await get(`${url}&after=${first.next}`)).body as Page
    const whole = (await get(`/v1/addresses/${addressOf(MINER)}/coins`)).body as Page
    expect([...first.coins, ...second.coins]).toEqual(whole.coins.slice(0, 10))
    expect(await get(`${url}&after=p-zz-1-1`)).toMatchObject({ status: 410, body: { code: 'cursor-gone' } })
    expect(await get(`${url}&after=c-0-0-0`)).toMatchObject({ status: 400 })
  })
})
