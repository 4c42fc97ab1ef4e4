import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import type { Store } from '../../src/ports/store.ts'
import { decodeBlock, makeBlock } from '../../src/primitives/block.ts'
import { hashIdBytes } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { decodeTransaction, makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildCoinbase, buildWith } from '../support/block-builder.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain, MINER } from '../support/test-chain.ts'

/** A store whose writes fail while `full` is set. */
function createFullStore(): { store: Store; disk: { full: boolean } } {
  const inner = createMemoryStore()
  const disk = { full: false }
  const store: Store = {
    ...inner,
    async batch(writes, options) {
      if (disk.full) throw new CairnError('store-failed', 'no space left')
      return inner.batch(writes, options)
    },
  }
  return { store, disk }
}

describe('a failing disk', () => {
  it('costs nothing that a later attempt does not bring back', async () => {
    const { store, disk } = createFullStore()
    const { chain, build, mineMany } = await createTestChain({ store })
    await mineMany(3)
    const block = build()
    disk.full = true
    await expect(chain.acceptBlock(block)).rejects.toMatchObject({ code: 'store-failed' })
    expect(chain.tip().height).toBe(3)
    expect(chain.hasBody(block.hash)).toBe(false)
    expect(chain.missingBodies(10)).toEqual([block.hash])
    disk.full = false
    expect(await chain.acceptBlock(block)).toMatchObject({ ok: true, value: { connected: true } })
    const restarted = await createTestChain({ store })
    expect(restarted.chain.tip().hash).toBe(block.hash)
  })

  it('in a follower keeps nobody else from hearing of the block', async () => {
    const { chain, mine } = await createTestChain()
    const heard: number[] = []
    chain.follow({ tipChanged: () => Promise.reject(new Error('cannot read')) })
    chain.follow({ tipChanged: async ({ tip }) => void heard.push(tip.height) })
    chain.events.on('tipChanged', ({ tip }) => heard.push(tip.height))
    await mine()
    expect(heard).toEqual([1, 1])
  })
})

describe('a block that is being accepted', () => {
  it('is not there yet, rather than damaged', async () => {
    const { chain, build } = await createTestChain()
    const block = build()
    const accepted = chain.acceptBlock(block)
    const seen: boolean[] = []
    for (let turn = 0; turn < 20; turn++) seen.push((await chain.block(block.hash)) !== undefined)
    await accepted
    expect((await chain.block(block.hash))?.hash).toBe(block.hash)
    expect(seen).toEqual(seen.toSorted())
  })
})

describe('two txids that are also a transaction (CVE-2017-12842)', () => {
  /** A payment whose txid, behind a coinbase's, reads as the rest of a transaction with one input and no output. */
  function grind(input: TestInput): Transaction {
    for (let fee = 10_000; ; fee++) {
      const outputs = [{ value: input.coin.value - fee, scriptPubKey: MINER.scriptPubKey }]
      const unsigned = makeTransaction({
        version: 2,
        lockTime: 0,
        inputs: [
          { prevout: input.outPoint, scriptSig: new Uint8Array(0), sequence: 0xffff_fffd, witness: [] },
        ],
        outputs,
      })
      const digest = hashIdBytes(unsigned.txid)
      if (digest[9] === 13 && digest[27] === 0) return pay([input], outputs)
    }
  }

  it('do not condemn the honest block with their root', async () => {
    const { chain, mineMany } = await createTestChain()
    const [funding] = await mineMany(12)
    const tx = grind(coinbaseInput(funding!))
    const tip = chain.tip()
    const plan = { scriptPubKey: MINER.scriptPubKey, transactions: [tx] }
    let turn = 0
    let coinbase = buildCoinbase(chain.parameters, 13, plan)
    while (hashIdBytes(coinbase.txid)[4] !== 1)
      coinbase = buildCoinbase(chain.parameters, 13, { ...plan, tag: `x${turn++}` })
    const honest = buildWith(chain, tip, [coinbase, tx])
    const forged = decodeTransaction(concatBytes(hashIdBytes(coinbase.txid), hashIdBytes(tx.txid)))
    if (!forged.ok) throw forged.error
    const body = decodeBlock(makeBlock(honest.header, [forged.value]).bytes)
    if (!body.ok) throw body.error
    expect(await chain.acceptBlock(body.value)).toMatchObject({ error: { code: 'coinbase-missing' } })
    expect(await chain.acceptBlock(honest)).toMatchObject({ ok: true, value: { connected: true } })
  })
})

describe('relative time locks', () => {
  it('look back along the branch that is being connected', async () => {
    const { chain, mine, mineMany, build } = await createTestChain()
    const [funding] = await mineMany(11)
    const locked = (units: number) =>
      pay(
        [{ ...coinbaseInput(funding!), sequence: (1 << 22) | units }],
        [{ value: COIN, scriptPubKey: testKey('a').scriptPubKey }],
      )
    let parent = chain.entryAt(5)!
    for (let height = 6; height <= 16; height++) {
      const block = build({ tag: 'later', header: { time: parent.header.time + 600 } }, parent)
      expect((await chain.acceptBlock(block)).ok).toBe(true)
      parent = chain.entry(block.hash)!
    }
    expect(chain.tip().height).toBe(16)
    const passed = Math.floor((parent.medianTimePast - chain.genesis.medianTimePast) / 512)
    expect(await chain.acceptBlock(build({ transactions: [locked(passed + 1)] }))).toMatchObject({
      error: { code: 'sequence-lock-unmet' },
    })
    await mine({ transactions: [locked(passed)] })
  })
})
