import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/base/bytes.ts'
import { createNonceKernel, NONCE_SPACE } from '../../src/mining/kernel.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const TEMPLATE = `/v1/mining/template?address=${addressOf(ALICE)}`

interface Template {
  readonly height: number
  readonly previous: string
  readonly minTime: number
  readonly time: number
  readonly target: string
  readonly header: string
  readonly fees: number
  readonly coinbase: {
    readonly hex: string
    readonly stripped: string
    readonly extraNonce: { readonly offset: number; readonly length: number }
    readonly branch: readonly string[]
  }
  readonly transactions: readonly { readonly txid: string; readonly fee: number; readonly hex: string }[]
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex)!
const doubleSha256 = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes))

/** What a miner does that knows nothing of Cairn but this answer. */
function mineOutside({ header, target, coinbase, transactions }: Template, extraNonce: Uint8Array): string {
  const { offset } = coinbase.extraNonce
  const stripped = bytesOf(coinbase.stripped)
  stripped.set(extraNonce, offset)
  const full = bytesOf(coinbase.hex)
  full.set(extraNonce, offset + 2)
  let root = doubleSha256(stripped)
  for (const id of coinbase.branch) root = doubleSha256(concatBytes(root, bytesOf(id).reverse()))
  const bytes = bytesOf(header)
  bytes.set(root, 36)
  const job = { header: bytes, target: BigInt(`0x${target}`), start: 0, count: NONCE_SPACE }
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(76, createNonceKernel().scan(job)!, true)
  const count = Uint8Array.of(transactions.length + 1)
  return toHex(concatBytes(bytes, count, full, ...transactions.map(({ hex }) => bytesOf(hex))))
}

async function busyNode() {
  const node = await createApiNode()
  const blocks = await node.mineMany(13)
  for (const index of [0, 1, 2]) {
    const input = coinbaseInput(blocks[index]!)
    const value = input.coin.value - 1_000 * (index + 1)
    await node.mempool.accept(pay([input], [{ value, scriptPubKey: ALICE.scriptPubKey }]))
  }
  return node
}

describe('mining elsewhere', () => {
  it('finds blocks from the template alone, with an extra nonce of its own, and hands them in', async () => {
    const { get, post, chain, mempool } = await busyNode()
    const { status, body } = await get(TEMPLATE)
    expect(status).toBe(200)
    const template = body as Template
    expect(template).toMatchObject({ height: 14, previous: chain.tip().hash, fees: 6_000 })
    expect(template.transactions.map(({ fee }) => fee)).toEqual([3_000, 2_000, 1_000])
    expect(template.minTime).toBeLessThanOrEqual(template.time)
    expect(template.coinbase.extraNonce.length).toBe(8)
    const hex = mineOutside(template, new Uint8Array(8).fill(0xab))
    const submitted = await post('/v1/mining/submit', { hex })
    const tip = { hash: chain.tip().hash, height: 14 }
    expect(submitted).toEqual({ status: 200, body: { block: tip, isNew: true, connected: true } })
    expect(mempool.size).toBe(0)
    expect(await post('/v1/mining/submit', { hex })).toMatchObject({
      body: { isNew: false, connected: true },
    })
    expect(await get(`/v1/addresses/${addressOf(ALICE)}/balance`)).toMatchObject({ body: { coins: 4 } })
  })

  it('is told the rule that its block breaks', async () => {
    const { get, post, chain, build } = await busyNode()
    const hex = mineOutside((await get(TEMPLATE)).body as Template, new Uint8Array(8))
    const rootless = bytesOf(hex)
    rootless[40]! ^= 1
    expect(await post('/v1/mining/submit', { hex: toHex(rootless) })).toMatchObject({
      status: 422,
      body: { details: { kind: 'rule' } },
    })
    const greedy = build({ fees: 1 })
    expect(await post('/v1/mining/submit', { hex: toHex(greedy.bytes) })).toMatchObject({
      status: 422,
      body: { code: 'coinbase-value-exceeded', details: { kind: 'rule' } },
    })
    expect(await post('/v1/mining/submit', { hex: hex.slice(0, -2) })).toMatchObject({
      status: 422,
      body: { code: 'malformed' },
    })
    expect(chain.tip().height).toBe(13)
  })

  it('goes on beside a block that came first, which stays', async () => {
    const { get, post, mine, chain } = await busyNode()
    const hex = mineOutside((await get(TEMPLATE)).body as Template, new Uint8Array(8))
    await mine({ scriptPubKey: MINER.scriptPubKey })
    expect(await post('/v1/mining/submit', { hex })).toMatchObject({
      status: 200,
      body: { isNew: true, connected: false, block: { height: 14 } },
    })
    expect(((await get(TEMPLATE)).body as Template).previous).toBe(chain.tip().hash)
  })

  it('pays to an address of the network', async () => {
    const { get } = await createApiNode()
    expect(await get('/v1/mining/template')).toMatchObject({ status: 400 })
    expect(await get('/v1/mining/template?address=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'address-malformed' },
    })
  })
})
