import { describe, expect, it } from 'vitest'
import type { TransactionPlace } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain, MINER, type TestChain } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

const offer = async (test: TestChain, blocks: readonly Block[]): Promise<void> => {
  for (const block of blocks) expect((await test.chain.acceptBlock(block)).ok).toBe(true)
}

const historyOf = (
  test: TestChain,
  key: { scriptPubKey: Uint8Array },
  before?: TransactionPlace,
  limit = 100,
) => test.chain.scriptHistory(key.scriptPubKey, { limit, ...(before ? { before } : {}) })

/** A chain whose twelfth block pays Alice, and whose thirteenth has her pay Bob. */
async function paidChain() {
  const store = createMemoryStore()
  const test = await createTestChain({ store })
  const [first] = await test.mineMany(11)
  const reward = first!.transactions[0]!.outputs[0]!.value
  const funding = pay(
    [coinbaseInput(first!)],
    [
      { value: 700, scriptPubKey: ALICE.scriptPubKey },
      { value: 300, scriptPubKey: ALICE.scriptPubKey },
      { value: reward - 1_000, scriptPubKey: MINER.scriptPubKey },
    ],
  )
  await test.mine({ transactions: [funding] })
  const payment = pay(
    [{ outPoint: { txid: funding.txid, vout: 0 }, coin: { value: 700 }, key: ALICE }],
    [
      { value: 450, scriptPubKey: BOB.scriptPubKey },
      { value: 250, scriptPubKey: ALICE.scriptPubKey },
    ],
  )
  await test.mine({ transactions: [payment] })
  return { test, store, funding, payment }
}

describe('the history of an address', () => {
  it('tells what each transaction gave to it and took from it, the latest first', async () => {
    const { test, funding, payment } = await paidChain()
    const [block12, block13] = [12, 13].map((height) => test.chain.entryAt(height)!.hash)
    expect(await historyOf(test, ALICE)).toEqual([
      { height: 13, position: 1, txid: payment.txid, block: block13, received: 250, sent: 700 },
      { height: 12, position: 1, txid: funding.txid, block: block12, received: 1_000, sent: 0 },
    ])
    expect(await historyOf(test, BOB)).toMatchObject([{ txid: payment.txid, received: 450, sent: 0 }])
    expect(await historyOf(test, testKey('nobody'))).toEqual([])
  })

  it('adds up to the coins of the address', async () => {
    const { test } = await paidChain()
    for (const key of [ALICE, BOB, MINER]) {
      const coins = await test.chain.coinsOfScript(key.scriptPubKey)
      const history = await historyOf(test, key)
      expect(history.reduce((sum, { received, sent }) => sum + received - sent, 0)).toBe(
        coins.reduce((sum, { coin }) => sum + coin.value, 0),
      )
    }
  })

  it('is the same read in pages of any size as read at once', async () => {
    const { test } = await paidChain()
    const whole = await historyOf(test, MINER)
    expect(whole.length).toBe(14)
    for (const size of [1, 2, 7, 14, 15]) {
      const pages = []
      let before: TransactionPlace | undefined
      for (;;) {
        const page = await historyOf(test, MINER, before, size)
        pages.push(...page)
        before = page.at(-1)
        if (page.length < size) break
      }
      expect(pages).toEqual(whole)
    }
  })

  it('leaves out blocks that have left the chain, and takes them in again with it, over restarts', async () => {
    const { test, store, payment } = await paidChain()
    const fork = test.chain.entryAt(12)!
    const left = test.chain.entryAt(13)!
    const whole = await historyOf(test, ALICE)
    await offer(test, buildBranch(fork, emptyPlans(2, 'other')))
    expect(await historyOf(test, ALICE)).toEqual(whole.slice(1))
    expect(await historyOf(test, BOB)).toEqual([])
    expect(await historyOf(test, MINER)).toHaveLength(15)
    const again = await createTestChain({ store })
    expect(await historyOf(again, ALICE)).toEqual(whole.slice(1))
    await offer(again, buildBranch(left, emptyPlans(2, 'back')))
    expect(await historyOf(again, ALICE)).toEqual(whole)
    expect(await historyOf(again, BOB)).toMatchObject([{ txid: payment.txid, height: 13 }])
  })

  it('is refused where the index is off, rather than empty', async () => {
    const test = await createTestChain({ indexes: { addresses: false, transactions: true } })
    await expect(historyOf(test, MINER)).rejects.toMatchObject({ code: 'address-index-off' })
  })
})
