import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { RULES } from '../../src/consensus/rules.ts'
import { COIN } from '../../src/primitives/money.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

async function fundedNode() {
  const node = await createApiNode()
  const blocks = await node.mineMany(11)
  const spend = (index = 0, fee = 1_000, to = ALICE) => {
    const input = coinbaseInput(blocks[index]!)
    return pay([input], [{ value: input.coin.value - fee, scriptPubKey: to.scriptPubKey }])
  }
  const submit = (hex: string) => node.post('/v1/transactions', { hex })
  return { ...node, blocks, spend, submit }
}

describe('POST /v1/transactions', () => {
  it('takes a payment and says what it costs', async () => {
    const { submit, spend, mempool } = await fundedNode()
    const tx = spend()
    expect(await submit(toHex(tx.bytes))).toEqual({
      status: 201,
      body: { txid: tx.txid, fee: 1_000, virtualSize: mempool.get(tx.txid)!.virtualSize },
    })
  })

  it('refuses a broken rule by its code and sentence', async () => {
    const { submit, spend } = await fundedNode()
    const tx = spend()
    const [input] = tx.inputs
    const signature = input!.witness[0]!.slice()
    signature[10]! ^= 1
    const forged = makeTransaction({
      ...tx,
      inputs: [{ ...input!, witness: [signature, input!.witness[1]!] }],
    })
    expect(await submit(toHex(forged.bytes))).toMatchObject({
      status: 422,
      body: {
        type: 'about:blank',
        title: 'Unprocessable Entity',
        status: 422,
        code: 'signature-invalid',
        detail: RULES['signature-invalid'].sentence,
        details: { kind: 'rule' },
      },
    })
  })

  it('refuses a second payment of the same coin, and the same payment again, by policy', async () => {
    const { submit, spend } = await fundedNode()
    const hex = toHex(spend().bytes)
    await submit(hex)
    expect(await submit(hex)).toMatchObject({
      status: 422,
      body: { code: 'already-in-mempool', details: { kind: 'policy' } },
    })
    expect(await submit(toHex(spend(0, 1_000, BOB).bytes))).toMatchObject({
      body: { code: 'mempool-conflict' },
    })
  })

  it('refuses bytes that are no transaction', async () => {
    const { submit, spend } = await fundedNode()
    const hex = toHex(spend().bytes)
    for (const broken of ['00', hex.slice(0, -2), `${hex}00`, 'ff'.repeat(100)])
      expect(await submit(broken)).toMatchObject({ status: 422, body: { code: 'malformed' } })
  })

  it('refuses what is not hex, or longer than any transaction that nodes relay', async () => {
    const node = await fundedNode()
    for (const body of [
      {},
      { hex: '' },
      { hex: 'abc' },
      { hex: 'zz' },
      { hex: 5 },
      { hex: '00', fee: 1 },
      [],
    ])
      expect(await node.post('/v1/transactions', body)).toMatchObject({ status: 400 })
    expect(await node.submit('00'.repeat(400_001))).toMatchObject({ status: 400 })
    expect(await node.submit('00'.repeat(410_000))).toMatchObject({
      status: 413,
      body: { code: 'body-too-large' },
    })
  })
})

describe('coins', () => {
  it('are spendable once mature, and the payment that spends them is named', async () => {
    const { get, submit, spend, blocks, mine } = await fundedNode()
    const url = `/v1/addresses/${addressOf(MINER)}/coins`
    // The next block has height 12: the coinbase of block 2 is mature in it, that of block 3 is not yet.
    const statuses = ((await get(url)).body as { coins: { height: number; status: string }[] }).coins
      .sort((a, b) => a.height - b.height)
      .map(({ status }) => status)
    expect(statuses).toEqual(['confirmed', 'confirmed', ...Array(9).fill('immature')])

    const tx = spend()
    await submit(toHex(tx.bytes))
    const spent = blocks[0]!.transactions[0]!.txid
    expect(await get(url)).toMatchObject({
      body: {
        complete: true,
        coins: expect.arrayContaining([expect.objectContaining({ txid: spent, spentBy: tx.txid })]),
      },
    })
    await mine({ transactions: [tx], fees: 1_000 })
    const after = (await get(url)).body as { coins: { txid: string }[] }
    expect(after.coins.map(({ txid }) => txid)).not.toContain(spent)
  })

  it('made by pending payments are listed as such, also where another pending payment spends them', async () => {
    const { get, submit, spend } = await fundedNode()
    const parent = spend()
    const value = parent.outputs[0]!.value
    await submit(toHex(parent.bytes))
    const url = `/v1/addresses/${addressOf(ALICE)}/coins`
    const coin = {
      txid: parent.txid,
      vout: 0,
      value,
      address: addressOf(ALICE),
      height: null,
      coinbase: false,
      confirmations: 0,
      status: 'pending',
    }
    expect(await get(url)).toMatchObject({ status: 200, body: { coins: [{ ...coin, spentBy: null }] } })
    const child = pay(
      [{ outPoint: { txid: parent.txid, vout: 0 }, coin: { value }, key: ALICE }],
      [{ value: COIN, scriptPubKey: BOB.scriptPubKey }],
    )
    await submit(toHex(child.bytes))
    expect(await get(url)).toMatchObject({ body: { coins: [{ ...coin, spentBy: child.txid }] } })
  })

  it('of many addresses come in one answer, each once', async () => {
    const { post, submit, spend } = await fundedNode()
    await submit(toHex(spend(0, 1_000, ALICE).bytes))
    await submit(toHex(spend(1, 1_000, BOB).bytes))
    const strangers = Array.from({ length: 997 }, (_, i) => addressOf(testKey(`stranger ${i}`)))
    const { status, body } = await post('/v1/coins', {
      addresses: [addressOf(ALICE), addressOf(BOB), addressOf(ALICE), ...strangers],
    })
    expect(status).toBe(200)
    const { coins } = body as { coins: { address: string }[] }
    expect(coins.map(({ address }) => address).sort()).toEqual([addressOf(ALICE), addressOf(BOB)].sort())
  })

  it('are asked for by the addresses of this network only, and by a thousand at most', async () => {
    const { get, post } = await fundedNode()
    expect(await get('/v1/addresses/bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4/coins')).toMatchObject({
      status: 400,
      body: { code: 'address-of-other-network' },
    })
    expect(await get('/v1/addresses/nonsense/coins')).toMatchObject({
      status: 400,
      body: { code: 'address-malformed' },
    })
    expect(await post('/v1/coins', { addresses: [] })).toMatchObject({ status: 400 })
    const many = Array.from({ length: 1_001 }, () => addressOf(ALICE))
    expect(await post('/v1/coins', { addresses: many })).toMatchObject({ status: 400 })
  })

  it('are those of one tip, even where a block comes in between', async () => {
    const node = await fundedNode()
    const coinsOfScript = node.chain.coinsOfScript.bind(node.chain)
    let interrupted = false
    node.chain.coinsOfScript = async (...args) => {
      const coins = await coinsOfScript(...args)
      if (!interrupted) {
        interrupted = true
        await node.mine()
      }
      return coins
    }
    const { body } = await node.get(`/v1/addresses/${addressOf(MINER)}/coins`)
    const { tip, coins } = body as { tip: { height: number }; coins: { height: number }[] }
    expect(tip.height).toBe(12)
    expect(Math.max(...coins.map(({ height }) => height))).toBe(12)
  })

  it('need the index of addresses', async () => {
    const node = await fundedNode()
    node.chain.coinsOfScript = async () => {
      throw new CairnError('address-index-off', 'this node keeps no index of addresses')
    }
    expect(await node.get(`/v1/addresses/${addressOf(MINER)}/coins`)).toMatchObject({
      status: 409,
      body: { code: 'address-index-off' },
    })
  })
})
