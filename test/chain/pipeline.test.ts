import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import type { Store } from '../../src/ports/store.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { COIN } from '../../src/primitives/money.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createMemoryStore } from '../../src/storage/memory-store.ts'
import { buildBranch } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain } from '../support/test-chain.ts'

const ALICE = testKey('alice')

/** `pay`, with the last bit of its signature's r turned over. */
function payWithBadSignature(...args: Parameters<typeof pay>): Transaction {
  const tx = pay(...args)
  const [signature, key] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
  const bad = signature.slice()
  bad[20]! ^= 1
  return makeTransaction({ ...tx, inputs: [{ ...tx.inputs[0]!, witness: [bad, key] }] })
}

/** Twenty blocks whose coinbases are ready, and a branch of ten on them in which block `i` holds `transactions[i]`. */
async function prepare(
  transactionsOf: (blocks: readonly Block[]) => Record<number, Transaction[]>,
  store = createMemoryStore(),
) {
  const test = await createTestChain({ store })
  const blocks = await test.mineMany(20)
  const planned = transactionsOf(blocks)
  const branch = buildBranch(
    test.chain.tip(),
    Array.from({ length: 10 }, (_, i) => ({ tag: 'branch', transactions: planned[i] ?? [] })),
  )
  return { ...test, blocks, branch }
}

const toAlice = (block: Block, make = pay): Transaction =>
  make([coinbaseInput(block)], [{ value: 49 * COIN, scriptPubKey: ALICE.scriptPubKey }])

describe('blocks that are offered before the last is done', () => {
  it('are all connected, in order', async () => {
    const { chain, branch } = await prepare((blocks) => ({
      0: [toAlice(blocks[0]!)],
      5: [toAlice(blocks[1]!)],
    }))
    const heights: number[] = []
    chain.events.on('tipChanged', ({ tip }) => heights.push(tip.height))
    const verdicts = await Promise.all(branch.map((block) => chain.acceptBlock(block)))
    expect(verdicts.every((verdict) => verdict.ok && verdict.value.connected && verdict.value.isNew)).toBe(
      true,
    )
    expect(heights).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(2)
  })

  it('fall with the one whose signature is bad, and leave the coins as they were', async () => {
    const { chain, branch, blocks, mine } = await prepare((of) => ({
      3: [toAlice(of[0]!)],
      5: [toAlice(of[1]!, payWithBadSignature)],
      7: [toAlice(of[2]!)],
    }))
    const verdicts = await Promise.all(branch.map((block) => chain.acceptBlock(block)))
    const codes = verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))
    expect(codes.slice(0, 6)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'signature-invalid'])
    // The child of one whose header was refused for its parent is an orphan.
    for (const code of codes.slice(6)) expect(['parent-invalid', 'parent-unknown']).toContain(code)
    expect(chain.tip().hash).toBe(branch[4]!.hash)
    expect(chain.bestHeader().hash).toBe(branch[4]!.hash)
    expect(await chain.acceptBlock(branch[5]!)).toMatchObject({ error: { code: 'signature-invalid' } })
    expect(branch.slice(5).some((block) => chain.hasBody(block.hash))).toBe(false)
    // What the fallen blocks would have spent is still there.
    await mine({ tag: 'honest', transactions: [toAlice(blocks[1]!), toAlice(blocks[2]!)] })
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(3)
    expect((await chain.coinStatistics()).total).toBe(26 * 50 * COIN - 3 * COIN)
  })

  it('cannot spend a coin that a block before them spends, nor miss one that it makes', async () => {
    const { chain, branch } = await prepare((blocks) => {
      const payment = toAlice(blocks[0]!)
      const onward = pay(
        [{ outPoint: { txid: payment.txid, vout: 0 }, coin: payment.outputs[0]!, key: ALICE }],
        [{ value: 48 * COIN, scriptPubKey: ALICE.scriptPubKey }],
      )
      const again = pay([coinbaseInput(blocks[0]!)], [{ value: COIN, scriptPubKey: ALICE.scriptPubKey }])
      return { 0: [payment], 1: [onward], 2: [again] }
    })
    const verdicts = await Promise.all(branch.slice(0, 4).map((block) => chain.acceptBlock(block)))
    expect(verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))).toEqual([
      'ok',
      'ok',
      'input-missing-or-spent',
      'parent-invalid',
    ])
  })

  it('get one verdict where the same block is offered twice at once', async () => {
    const { chain, branch } = await prepare(() => ({}))
    const [first, second] = await Promise.all([chain.acceptBlock(branch[0]!), chain.acceptBlock(branch[0]!)])
    expect(first).toMatchObject({ ok: true, value: { isNew: true, connected: true } })
    expect(second).toMatchObject({ ok: true, value: { isNew: false, connected: true } })
  })

  it('are lost with one that cannot be written, and taken when they come again', async () => {
    const inner = createMemoryStore()
    let writes = 0
    let failing = false
    const store: Store = {
      ...inner,
      async batch(...args) {
        if (failing && ++writes === 4) throw new CairnError('store-failed', 'no space left')
        return inner.batch(...args)
      },
    }
    const { chain, branch } = await prepare(
      (blocks) => ({ 2: [toAlice(blocks[0]!)], 4: [toAlice(blocks[1]!)] }),
      store,
    )
    failing = true
    const outcomes = await Promise.allSettled(branch.map((block) => chain.acceptBlock(block)))
    expect(outcomes.slice(0, 3).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(outcomes[3]).toMatchObject({ status: 'rejected', reason: { code: 'store-failed' } })
    expect(chain.tip().height).toBeGreaterThanOrEqual(23)
    expect(chain.missingBodies(20)).toContain(branch[3]!.hash)
    for (const block of branch) expect(await chain.acceptBlock(block)).toMatchObject({ ok: true })
    expect(chain.tip().hash).toBe(branch.at(-1)!.hash)
    const restarted = await createTestChain({ store: inner })
    expect(restarted.chain.tip().hash).toBe(branch.at(-1)!.hash)
    expect(await restarted.chain.coinStatistics()).toEqual(await chain.coinStatistics())
  })

  it('end at the same coins, whichever writes fail and however many come at once', async () => {
    const source = await createTestChain()
    const trunk = await source.mineMany(12)
    const payments = trunk.slice(0, 2).map((block) => toAlice(block))
    const branch = buildBranch(
      source.chain.tip(),
      Array.from({ length: 12 }, (_, i) => ({
        tag: 'branch',
        transactions: i === 3 ? [payments[0]!] : i === 7 ? [payments[1]!] : [],
      })),
    )
    const all = [...trunk, ...branch]
    for (const block of branch) await source.chain.acceptBlock(block)
    const wanted = await source.chain.coinStatistics()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(60), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 30, maxLength: 30 }),
        async (failing, sizes) => {
          const inner = createMemoryStore()
          let writes = -1
          const store: Store = {
            ...inner,
            async batch(...args) {
              writes += 1
              // Not the first, which makes the store.
              if (failing.includes(writes - 1)) throw new CairnError('store-failed', 'no space left')
              return inner.batch(...args)
            },
          }
          const { chain } = await createTestChain({ store })
          for (const size of sizes) {
            const from = Math.max(0, chain.tip().height - 2)
            const offered = all.slice(from, from + size + 2)
            await Promise.allSettled(offered.map((block) => chain.acceptBlock(block)))
            for (let height = 1; height <= chain.tip().height; height++)
              expect(chain.hasBody(chain.entryAt(height)!.hash)).toBe(true)
          }
          for (const block of all) await chain.acceptBlock(block).catch(() => chain.acceptBlock(block))
          expect(chain.tip().hash).toBe(all.at(-1)!.hash)
          expect(await chain.coinStatistics().catch(() => chain.coinStatistics())).toEqual(wanted)
          const restarted = await createTestChain({ store: inner })
          expect(restarted.chain.tip().hash).toBe(all.at(-1)!.hash)
          expect(await restarted.chain.coinStatistics()).toEqual(wanted)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('may be of two branches that overtake each other', async () => {
    const { chain, branch, blocks } = await prepare((of) => ({ 1: [toAlice(of[0]!)] }))
    const other = buildBranch(
      chain.tip(),
      Array.from({ length: 11 }, (_, i) => ({
        tag: 'other',
        transactions: i === 3 ? [toAlice(blocks[0]!)] : [],
      })),
    )
    const mixed = [...branch.slice(0, 4), ...other.slice(0, 6), ...branch.slice(4), ...other.slice(6)]
    const verdicts = await Promise.all(mixed.map((block) => chain.acceptBlock(block)))
    expect(verdicts.every(({ ok }) => ok)).toBe(true)
    expect(chain.tip().hash).toBe(other.at(-1)!.hash)
    const control = await createTestChain()
    for (const block of [...blocks, ...other]) await control.chain.acceptBlock(block)
    expect(await chain.coinStatistics()).toEqual(await control.chain.coinStatistics())
  })

  it('do not keep a body that was tampered with from being had again', async () => {
    const { chain, branch } = await prepare((blocks) => ({ 1: [toAlice(blocks[0]!)] }))
    const forged = makeBlock(branch[1]!.header, [branch[1]!.transactions[0]!])
    const verdicts = await Promise.all(
      [branch[0]!, forged, branch[1]!].map((block) => chain.acceptBlock(block)),
    )
    expect(verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))).toEqual([
      'ok',
      'merkle-root-mismatch',
      'ok',
    ])
  })
})
