import { describe, expect, it, vi } from 'vitest'
import { createMempool } from '../../src/mempool/mempool.ts'
import type { MempoolOptions } from '../../src/mempool/mempool-view.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { MempoolEvents } from '../../src/ports/mempool.ts'
import { COIN } from '../../src/primitives/money.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { OP } from '../../src/script/opcodes.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput, createTestChain, MINER } from '../support/test-chain.ts'
import { of, padded, payToScript, spendWith } from './script-spend.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')
const RETURN = { kind: 'rule', code: 'return-executed' }

async function createPool(options: Partial<MempoolOptions> = {}, turn?: Clock['turn']) {
  const test = await createTestChain()
  const mempool = createMempool(
    { maxVirtualBytes: 1_000_000, minFeeRate: 1, ...options },
    {
      ...test,
      clock: { ...test.clock, ...(turn && { turn }) },
      signatures: testSignatures,
      logger: SILENT_LOGGER,
    },
  )
  test.chain.follow(mempool)
  const blocks = await test.mineMany(20)
  const removed: MempoolEvents['removed'][] = []
  mempool.events.on('removed', (event) => removed.push(event))
  /** spends the coinbase of block `index` to Alice, leaving `fee` */
  const spend = (index: number, fee = 1_000, to = ALICE) => {
    const input = coinbaseInput(blocks[index]!)
    return pay([input], [{ value: input.coin.value - fee, scriptPubKey: to.scriptPubKey }])
  }
  /** spends the coinbase of block `index` to `count` outputs of `script` */
  const fund = (script: Uint8Array, count: number, index = 0) =>
    pay([coinbaseInput(blocks[index]!)], Array(count).fill(payToScript(COIN, script)))
  return { ...test, mempool, blocks, removed, spend, fund }
}

const firstOutput = (tx: Transaction, key = ALICE): TestInput => ({
  outPoint: { txid: tx.txid, vout: 0 },
  coin: tx.outputs[0]!,
  key,
})

describe('admission', () => {
  it('takes a payment and a child that spends it before it is mined', async () => {
    const { mempool, spend } = await createPool()
    const parent = spend(0)
    const child = pay([firstOutput(parent)], [{ value: COIN, scriptPubKey: BOB.scriptPubKey }])
    expect(await mempool.accept(parent)).toMatchObject({ ok: true, value: { fee: 1_000 } })
    expect((await mempool.accept(child)).ok).toBe(true)
    expect(mempool.entries().map((entry) => entry.transaction.txid)).toEqual([parent.txid, child.txid])
    expect(mempool.spenderOf({ txid: parent.txid, vout: 0 })?.transaction.txid).toBe(child.txid)
  })

  it('keeps the first seen of two conflicting payments, where the second does not pay more', async () => {
    const { mempool, spend } = await createPool()
    const first = spend(0)
    await mempool.accept(first)
    expect(await mempool.accept(spend(0, 1_000, BOB))).toMatchObject({ error: { code: 'mempool-conflict' } })
    expect(await mempool.accept(first)).toMatchObject({ error: { code: 'already-in-mempool' } })
    expect(mempool.size).toBe(1)
  })

  it('refuses a coinbase spent one block early and takes it a block later', async () => {
    const { mempool, spend, mine, chain } = await createPool()
    // The next block is 21; the coinbase of block 12 is then 9 deep, and 10 are needed.
    const early = spend(11)
    expect(chain.tip().height).toBe(20)
    expect(await mempool.accept(early)).toMatchObject({ error: { code: 'coinbase-immature' } })
    await mine()
    expect((await mempool.accept(early)).ok).toBe(true)
  })

  it.each([
    ['missing-inputs', (p: Pool) => pay([firstOutput(p.spend(0))], [out(COIN)])],
    ['fee-below-minimum', (p: Pool) => p.spend(0, 10)],
    ['outputs-exceed-inputs', (p: Pool) => p.spend(0, -1)],
    ['dust', (p: Pool) => p.spend(0, 50 * COIN - 293)],
    ['transaction-not-final', (p: Pool) => pay([coinbaseInput(p.blocks[0]!)], [out(COIN)], { lockTime: 21 })],
    ['coinbase-loose', (p: Pool) => p.blocks[0]!.transactions[0]!],
    [
      'transaction-version-unknown',
      (p: Pool) => pay([coinbaseInput(p.blocks[0]!)], [out(COIN)], { version: 1 }),
    ],
    ['signature-invalid', (p: Pool) => withWrongAmount(p)],
    ['not-standard', (p: Pool) => pay([coinbaseInput(p.blocks[0]!)], [out(COIN), data(81)])],
    ['not-standard', (p: Pool) => pay([coinbaseInput(p.blocks[0]!)], [out(COIN), data(2), data(2)])],
  ])('refuses with %s', async (code, make) => {
    const pool = await createPool()
    expect(await pool.mempool.accept(make(pool))).toMatchObject({ ok: false, error: { code } })
    expect(pool.mempool.size).toBe(0)
  })

  it.each([
    ['a fee too low before a script is measured', padded(3_601, OP.RETURN), 0, 'fee-below-minimum'],
    ['a fee too low before a script breaks a rule', of(OP.RETURN), 0, 'fee-below-minimum'],
    ['a script too long before it breaks a rule', padded(3_601, OP.RETURN), 5_000, 'not-standard'],
    ['a script of standard size for the rule that it breaks', padded(3_600, OP.RETURN), 5_000, RETURN],
    ['a push that is not minimal as a matter of policy', of(1, 16), 5_000, 'not-standard'],
  ])('refuses %s', async (_, script, fee, refusal) => {
    const { mempool, mine, fund } = await createPool()
    const parent = fund(script, 1)
    await mine({ transactions: [parent] })
    const tx = spendScripts(script, parent, fee)
    const expected = refusal === RETURN ? { ...RETURN, details: { txid: tx.txid, index: 0 } } : refusal
    expect(await mempool.accept(tx)).toMatchObject({
      error: typeof expected === 'string' ? { kind: 'policy', code: expected } : expected,
    })
  })

  it('judges a payment anew whose coins a block has spent while it gave way between scripts', async () => {
    const hold = Promise.withResolvers<void>()
    const turn = vi.fn(() => hold.promise)
    const { mempool, mine, chain, fund, removed } = await createPool({}, turn)
    const script = padded(3_600)
    const parent = fund(script, 9)
    await mine({ transactions: [parent] })

    const first = spendScripts(script, parent, 50_000)
    const admitted = mempool.accept(first)
    await vi.waitFor(() => expect(turn).toHaveBeenCalledOnce())
    const second = mempool.accept(spendScripts(script, parent, 60_000))
    const height = chain.tip().height
    const mined = mine({ transactions: [spendScripts(script, parent, 70_000)], fees: 70_000 })
    await vi.waitFor(() => expect(chain.tip().height).toBe(height + 1))
    expect(mempool.size).toBe(0)
    hold.resolve()
    expect(await admitted).toMatchObject({ error: { code: 'missing-inputs' } })
    expect(await second).toMatchObject({ error: { code: 'missing-inputs' } })
    await mined
    expect(mempool.size).toBe(0)
    expect(removed).toEqual([])
  })

  it('takes a chain of payments that are handed in at once, and none that builds on a forged one', async () => {
    const pool = await createPool()
    const { mempool, spend } = pool
    const childOf = (parent: Transaction) =>
      pay(
        [firstOutput(parent)],
        [{ value: parent.outputs[0]!.value - 1_000, scriptPubKey: ALICE.scriptPubKey }],
      )
    const first = spend(1)
    const second = childOf(first)
    const forged = withWrongAmount(pool)
    const verdicts = await Promise.all(
      [first, second, childOf(second), forged, childOf(forged)].map((tx) => mempool.accept(tx)),
    )
    expect(verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))).toEqual([
      'ok',
      'ok',
      'ok',
      'signature-invalid',
      'missing-inputs',
    ])
  })

  it('says of a mined payment that it is confirmed', async () => {
    const { mempool, spend, mine } = await createPool()
    const tx = spend(0)
    await mine({ transactions: [tx], fees: 1_000 })
    expect(await mempool.accept(tx)).toMatchObject({ error: { code: 'already-confirmed' } })
  })

  it('bounds a chain of pending payments at 25', async () => {
    const { mempool, spend } = await createPool()
    let tx = spend(0)
    for (let i = 0; i < 25; i++) {
      expect((await mempool.accept(tx)).ok).toBe(true)
      tx = pay([firstOutput(tx)], [{ value: tx.outputs[0]!.value - 1_000, scriptPubKey: ALICE.scriptPubKey }])
    }
    expect(await mempool.accept(tx)).toMatchObject({ error: { code: 'too-many-unconfirmed-ancestors' } })
  })

  it('lets the lowest fee rates go when it is full, and says so to a newcomer that pays least', async () => {
    const { mempool, spend, removed } = await createPool({ maxVirtualBytes: 500 })
    const txs = [5_000, 9_000, 7_000, 8_000, 6_000].map((fee, i) => spend(i, fee))
    for (const tx of txs.slice(0, 4)) expect((await mempool.accept(tx)).ok).toBe(true)
    expect(await mempool.accept(spend(4, 1_000))).toMatchObject({ error: { code: 'mempool-full' } })
    expect((await mempool.accept(txs[4]!)).ok).toBe(true)
    expect((await mempool.accept(spend(5, 10_000))).ok).toBe(true)
    expect(mempool.get(txs[0]!.txid)).toBeUndefined()
    expect(removed.every((event) => event.reason === 'evicted')).toBe(true)
    expect(mempool.virtualBytes).toBeLessThanOrEqual(500)
  })
})

describe('staying in step with the chain', () => {
  it('lets go of what is mined, and of what conflicts with it together with its children', async () => {
    const { mempool, spend, mine, removed } = await createPool()
    const mined = spend(0)
    const loser = spend(1)
    const child = pay([firstOutput(loser)], [{ value: COIN, scriptPubKey: BOB.scriptPubKey }])
    for (const tx of [mined, loser, child]) await mempool.accept(tx)
    await mine({ transactions: [mined, spend(1, 2_000, BOB)], fees: 3_000 })
    expect(mempool.size).toBe(0)
    expect(removed.map(({ entry, reason }) => [entry.transaction.txid, reason])).toEqual([
      [mined.txid, 'mined'],
      [loser.txid, 'conflict'],
      [child.txid, 'conflict'],
    ])
  })

  it('takes back what a reorganisation disconnects, before its pending children', async () => {
    const { mempool, spend, mine, chain } = await createPool()
    const fork = chain.tip()
    const parent = spend(0)
    await mine({ transactions: [parent], fees: 1_000 })
    const child = pay([firstOutput(parent)], [{ value: COIN, scriptPubKey: BOB.scriptPubKey }])
    await mempool.accept(child)
    const side = await mine({ tag: 'side' }, fork)
    await mine({ tag: 'side' }, chain.entry(side.hash))
    expect(mempool.entries().map((entry) => entry.transaction.txid)).toEqual([parent.txid, child.txid])
  })

  it('keeps the age of what was pending, and its cap, through a reorganisation', async () => {
    const { mempool, spend, mine, chain, clock } = await createPool({ maxVirtualBytes: 350 })
    const fork = chain.tip()
    const old = spend(0, 9_000)
    await mempool.accept(old)
    const addedAt = clock.now()
    await clock.advance(60_000)
    await mine({ transactions: [1, 2, 3].map((index) => spend(index)), fees: 3_000 })
    const side = await mine({ tag: 'side' }, fork)
    await mine({ tag: 'side' }, chain.entry(side.hash))
    expect(mempool.get(old.txid)).toMatchObject({ addedAt, height: 20 })
    expect(mempool.size).toBe(3)
    expect(mempool.virtualBytes).toBeLessThanOrEqual(350)
  })

  it('does not run the scripts again of what it has verified, and holds others to the policy', async () => {
    const turn = vi.fn(async () => {})
    const { mempool, mine, chain, fund } = await createPool({}, turn)
    const script = padded(3_600)
    const unusual = of(1, 16)
    const parents = [fund(script, 9, 0), fund(unusual, 1, 1)] as const
    await mine({ transactions: parents })
    const fork = chain.tip()
    const known = spendScripts(script, parents[0], 50_000)
    expect((await mempool.accept(known)).ok).toBe(true)
    expect(turn).toHaveBeenCalledTimes(2)
    await mine({ transactions: [known, spendScripts(unusual, parents[1], 5_000)], fees: 55_000 })
    const side = await mine({ tag: 'side' }, fork)
    await mine({ tag: 'side' }, chain.entry(side.hash))
    expect(mempool.entries().map((entry) => entry.transaction.txid)).toEqual([known.txid])
    expect(turn).toHaveBeenCalledTimes(2)
  })

  it('does not take back what the new branch has spent', async () => {
    const { mempool, spend, mine, chain } = await createPool()
    const fork = chain.tip()
    const loser = spend(0)
    await mine({ transactions: [loser], fees: 1_000 })
    const side = await mine({ tag: 'side', transactions: [spend(0, 2_000, BOB)], fees: 2_000 }, fork)
    await mine({ tag: 'side' }, chain.entry(side.hash))
    expect(mempool.size).toBe(0)
  })
})

/** Spends all outputs of what `fund` made. */
function spendScripts(script: Uint8Array, { txid, outputs }: Transaction, fee: number): Transaction {
  const prevouts = outputs.map((_, vout) => ({ txid, vout }))
  return spendWith([script], prevouts, [out(outputs.length * COIN - fee)])
}

type Pool = Awaited<ReturnType<typeof createPool>>
const out = (value: number) => ({ value, scriptPubKey: ALICE.scriptPubKey })
const data = (length: number) => ({
  value: 0,
  scriptPubKey: Uint8Array.of(0x6a, 0x4c, length, ...new Uint8Array(length)),
})

/** Signed over another amount than the coin's: everything but the signature is right. */
function withWrongAmount({ blocks }: Pool): Transaction {
  const input = coinbaseInput(blocks[0]!)
  const signed = pay([{ ...input, coin: { value: input.coin.value - 1 }, key: MINER }], [out(COIN)])
  return makeTransaction(signed)
}
