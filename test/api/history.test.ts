import { describe, expect, it } from 'vitest'
import type { BalanceView, HistoryView } from '../../src/api/address-schemas.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

/** Twelve blocks, of which the last pays Alice and Bob, and a pending payment from Alice to Bob. */
async function paidNode() {
  const node = await createApiNode()
  const [first] = await node.mineMany(11)
  const reward = first!.transactions[0]!.outputs[0]!.value
  const funding = pay(
    [coinbaseInput(first!)],
    [
      { value: 50_000, scriptPubKey: ALICE.scriptPubKey },
      { value: 30_000, scriptPubKey: BOB.scriptPubKey },
      { value: reward - 80_000, scriptPubKey: MINER.scriptPubKey },
    ],
  )
  await node.mine({ transactions: [funding] })
  const payment = pay(
    [{ outPoint: { txid: funding.txid, vout: 0 }, coin: { value: 50_000 }, key: ALICE }],
    [
      { value: 20_000, scriptPubKey: BOB.scriptPubKey },
      { value: 29_000, scriptPubKey: ALICE.scriptPubKey },
    ],
  )
  expect((await node.mempool.accept(payment)).ok).toBe(true)
  return { node, funding, payment }
}

describe('the history of addresses', () => {
  it('begins with what is pending, and goes on with what is in blocks, the latest first', async () => {
    const { node, funding, payment } = await paidNode()
    const { status, body } = await node.get(`/v1/addresses/${addressOf(ALICE)}/history`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      tip: { height: 12 },
      pending: [{ txid: payment.txid, received: 29_000, sent: 50_000, fee: 1_000 }],
      events: [
        {
          txid: funding.txid,
          received: 50_000,
          sent: 0,
          block: { height: 12 },
          position: 1,
          confirmations: 1,
        },
      ],
      next: null,
    })
  })

  it('tells of what a transaction moves between several addresses once', async () => {
    const { node, funding, payment } = await paidNode()
    const addresses = [ALICE, BOB].map(addressOf)
    const { body } = await node.post('/v1/history', { addresses })
    expect(body).toMatchObject({
      pending: [{ txid: payment.txid, received: 49_000, sent: 50_000 }],
      events: [{ txid: funding.txid, received: 80_000, sent: 0 }],
    })
    expect((body as HistoryView).events).toHaveLength(1)
  })

  it('is the same in pages, of which only the first tells what is pending', async () => {
    const { node } = await paidNode()
    const read = async (limit: number): Promise<HistoryView['events']> => {
      const events: HistoryView['events'] = []
      for (let before: string | undefined; ; ) {
        const addresses = [ALICE, BOB, MINER].map(addressOf)
        const { body } = await node.post('/v1/history', { addresses, limit, ...(before ? { before } : {}) })
        const page = body as HistoryView
        expect(page.pending.length > 0).toBe(before === undefined)
        events.push(...page.events)
        if (page.next === null) return events
        before = page.next
      }
    }
    const whole = await read(200)
    expect(whole).toHaveLength(13)
    for (const limit of [1, 2, 5, 13]) expect(await read(limit)).toEqual(whole)
  })

  it('refuses what is no cursor, no address, and what there is no index for', async () => {
    const { node } = await paidNode()
    const path = `/v1/addresses/${addressOf(ALICE)}/history`
    for (const query of ['?before=7', '?before=7-x', '?limit=0', '?limit=201', '?page=2'])
      expect(await node.get(path + query)).toMatchObject({ status: 400, body: { code: 'request-invalid' } })
    expect(await node.get('/v1/addresses/nobody/history')).toMatchObject({
      status: 400,
      body: { code: 'address-malformed' },
    })
    const { chain } = await createTestChain({ indexes: { addresses: false, transactions: true } })
    const without = await createApiNode({ chain })
    for (const what of ['history', 'balance', 'coins'])
      expect(await without.get(`/v1/addresses/${addressOf(ALICE)}/${what}`)).toMatchObject({
        status: 409,
        body: { code: 'address-index-off' },
      })
  })
})

describe('the balance of an address', () => {
  it('counts what can be spent, what cannot yet, and what is pending, each coin once', async () => {
    const { node } = await paidNode()
    const balance = async (key: typeof ALICE): Promise<BalanceView> =>
      (await node.get(`/v1/addresses/${addressOf(key)}/balance`)).body as BalanceView
    expect(await balance(ALICE)).toMatchObject({ confirmed: 0, immature: 0, pending: 29_000, coins: 1 })
    expect(await balance(BOB)).toMatchObject({ confirmed: 30_000, immature: 0, pending: 20_000, coins: 2 })
    const miner = await balance(MINER)
    expect(miner).toMatchObject({ pending: 0, coins: 12, complete: true })
    expect(miner.immature).toBeGreaterThan(0)
  })
})
