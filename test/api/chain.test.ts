import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { COIN } from '../../src/primitives/money.ts'
import { createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, DEV, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')

describe('GET /v1/status', () => {
  it('tells who the node is, where it stands and whom it knows', async () => {
    const node = await createApiNode()
    const [, tip] = await node.mineMany(2)
    expect(await node.get('/v1/status')).toEqual({
      status: 200,
      body: {
        userAgent: 'cairn/test',
        peerId: '12D3KooWTest',
        startedAtMs: node.clock.now(),
        network: {
          name: 'dev',
          id: DEV.id,
          genesis: DEV.genesis.hash,
          addressPrefix: 'dcrn',
          spacing: null,
          maturity: 10,
        },
        // Each block of dev is two hashes' work, genesis included.
        tip: { hash: tip!.hash, height: 2, time: tip!.header.time, work: '6' },
        bestHeader: { hash: tip!.hash, height: 2 },
        sync: { phase: 'idle', blocksLeft: 0, blocksPerSecond: 0, secondsLeft: null, presyncPercent: null },
        pruned: null,
        peers: { inbound: 0, outbound: 0 },
        mempool: { transactions: 0, virtualBytes: 0 },
        mining: { mining: false, hashesPerSecond: 0 },
        addresses: ['/ip4/127.0.0.1/tcp/29470/p2p/12D3KooWTest'],
        signatureBackend: 'noble',
        hashEngine: 'javascript',
      },
    })
  })
})

describe('GET /v1/blocks/:hashOrHeight', () => {
  it('finds the same block by height and by hash in either case', async () => {
    const node = await createApiNode()
    const [block] = await node.mineMany(3)
    const byHeight = await node.get('/v1/blocks/1')
    expect(byHeight).toMatchObject({
      status: 200,
      body: {
        hash: block!.hash,
        height: 1,
        confirmations: 3,
        bits: '207fffff',
        size: block!.bytes.length,
        weight: block!.weight,
        txids: [block!.transactions[0]!.txid],
      },
    })
    expect(await node.get(`/v1/blocks/${block!.hash}`)).toEqual(byHeight)
    expect(await node.get(`/v1/blocks/${block!.hash.toUpperCase()}`)).toEqual(byHeight)
  })

  it('gives a block of a losing branch no confirmations', async () => {
    const node = await createApiNode()
    const genesis = node.chain.genesis
    const lost = await node.mine({ tag: 'lost' })
    await node.mine({ tag: 'won' }, genesis)
    await node.mine({}, node.chain.entry((await node.mine({ tag: 'third' }, genesis)).hash))
    expect(await node.get(`/v1/blocks/${lost.hash}`)).toMatchObject({ body: { height: 1, confirmations: 0 } })
  })

  it('gives a block of which only the header is known no content', async () => {
    const node = await createApiNode()
    const block = node.build()
    await node.chain.acceptHeaders([block.header])
    expect(await node.get(`/v1/blocks/${block.hash}`)).toMatchObject({
      status: 200,
      body: { height: 1, confirmations: 0, size: null, weight: null, txids: null },
    })
  })

  it('says so where it knows none, and where the question is none', async () => {
    const node = await createApiNode()
    expect(await node.get('/v1/blocks/7')).toMatchObject({ status: 404, body: { code: 'block-unknown' } })
    expect(await node.get(`/v1/blocks/${'ab'.repeat(32)}`)).toMatchObject({ status: 404 })
    for (const text of ['tip', '-1', '1.5', '99999999999', 'zz'.repeat(32)])
      expect(await node.get(`/v1/blocks/${text}`)).toMatchObject({
        status: 400,
        body: { code: 'request-invalid' },
      })
  })
})

describe('GET /v1/blocks', () => {
  const heights = ({ body }: { body: unknown }) =>
    (body as { blocks: { height: number }[] }).blocks.map(({ height }) => height)

  it('goes down from the tip or from a height to genesis, a bounded number at a time', async () => {
    const node = await createApiNode()
    await node.mineMany(5)
    expect(heights(await node.get('/v1/blocks'))).toEqual([5, 4, 3, 2, 1, 0])
    expect(heights(await node.get('/v1/blocks?limit=2'))).toEqual([5, 4])
    expect(heights(await node.get('/v1/blocks?from=3&limit=2'))).toEqual([3, 2])
    expect(heights(await node.get('/v1/blocks?from=1'))).toEqual([1, 0])
    expect(heights(await node.get('/v1/blocks?from=9999999999&limit=1'))).toEqual([5])
  })

  it('refuses limits that are not, and parameters that it does not know', async () => {
    const node = await createApiNode()
    for (const query of ['limit=0', 'limit=101', 'limit=1e1', 'limit=', 'from=-1', 'from=x', 'form=3'])
      expect(await node.get(`/v1/blocks?${query}`)).toMatchObject({ status: 400 })
  })
})

describe('GET /v1/transactions/:txid', () => {
  it('shows a payment while it is pending, and once it is confirmed', async () => {
    const node = await createApiNode()
    const [block] = await node.mineMany(12)
    const value = 10 * COIN
    const input = coinbaseInput(block!)
    const tx = pay([input], [{ value, scriptPubKey: ALICE.scriptPubKey }])
    await node.mempool.accept(tx)
    const url = `/v1/transactions/${tx.txid}`
    const pending = await node.get(url)
    expect(pending).toMatchObject({
      status: 200,
      body: {
        txid: tx.txid,
        status: 'pending',
        block: null,
        fee: input.coin.value - value,
        coinbase: false,
        hex: toHex(tx.bytes),
        outputs: [{ value, address: expect.stringMatching(/^dcrn1q/) }],
        inputs: [
          {
            txid: input.outPoint.txid,
            vout: 0,
            scriptSig: '',
            witness: [expect.any(String), expect.any(String)],
          },
        ],
      },
    })
    const mined = await node.mine({ transactions: [tx], fees: input.coin.value - value })
    await node.mine()
    expect(await node.get(url)).toMatchObject({
      body: { status: 'confirmed', fee: null, block: { hash: mined.hash, height: 13, confirmations: 2 } },
    })
  })

  it('shows a coinbase, whose commitment has no address', async () => {
    const node = await createApiNode()
    const { transactions } = await node.mine()
    expect(await node.get(`/v1/transactions/${transactions[0]!.txid}`)).toMatchObject({
      body: { coinbase: true, outputs: [{ address: expect.any(String) }, { value: 0, address: null }] },
    })
  })

  it('says so where it knows none', async () => {
    const node = await createApiNode()
    expect(await node.get(`/v1/transactions/${'00'.repeat(32)}`)).toMatchObject({
      status: 404,
      body: { code: 'transaction-unknown' },
    })
    expect(await node.get('/v1/transactions/xyz')).toMatchObject({ status: 400 })
  })

  it('says which index is off', async () => {
    const node = await createApiNode()
    node.chain.transactionBlock = async () => {
      throw new CairnError('transaction-index-off', 'this node keeps no index of transactions')
    }
    expect(await node.get(`/v1/transactions/${'00'.repeat(32)}`)).toMatchObject({
      status: 409,
      body: { code: 'transaction-index-off' },
    })
  })
})

describe('GET /v1/supply', () => {
  it('counts what the blocks have minted', async () => {
    const node = await createApiNode()
    const [, tip] = await node.mineMany(2)
    expect(await node.get('/v1/supply')).toMatchObject({
      status: 200,
      body: {
        tip: { hash: tip!.hash, height: 2 },
        coins: 2,
        total: 2 * DEV.subsidy,
        digest: (await node.chain.coinStatistics()).digest,
      },
    })
  })

  it('reads the coins once for all who ask at the same time', async () => {
    const node = await createApiNode()
    let reads = 0
    const statistics = node.chain.coinStatistics.bind(node.chain)
    node.chain.coinStatistics = () => {
      reads += 1
      return statistics()
    }
    const answers = await Promise.all([
      node.get('/v1/supply'),
      node.get('/v1/supply'),
      node.get('/v1/supply'),
    ])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(reads).toBe(1)
  })

  it('does not tell of coins at a tip that they are not of', async () => {
    const node = await createApiNode()
    const statistics = node.chain.coinStatistics.bind(node.chain)
    let interruptions = 2
    node.chain.coinStatistics = async () => {
      const result = await statistics()
      if (interruptions-- > 0) await node.mine()
      return result
    }
    expect(await node.get('/v1/supply')).toMatchObject({ body: { tip: { height: 2 }, coins: 2 } })
    interruptions = Number.POSITIVE_INFINITY
    expect(await node.get('/v1/supply')).toMatchObject({ status: 503, body: { code: 'chain-moving' } })
  })
})

describe('GET /v1/mempool', () => {
  it('lists the newest, with what the whole pool holds', async () => {
    const node = await createApiNode()
    const blocks = await node.mineMany(13)
    const payments = blocks.slice(0, 3).map((block) => {
      const input = coinbaseInput(block)
      return pay([input], [{ value: input.coin.value - 1_000, scriptPubKey: MINER.scriptPubKey }])
    })
    for (const tx of payments) expect((await node.mempool.accept(tx)).ok).toBe(true)
    expect(await node.get('/v1/mempool?limit=2')).toMatchObject({
      status: 200,
      body: {
        transactions: 3,
        virtualBytes: node.mempool.virtualBytes,
        entries: payments.slice(1).map(({ txid }) => ({ txid, fee: 1_000, height: 13 })),
      },
    })
    expect(await node.get('/v1/mempool?limit=0')).toMatchObject({ body: { transactions: 3, entries: [] } })
    expect(await node.get('/v1/mempool?limit=1001')).toMatchObject({ status: 400 })
  })
})
