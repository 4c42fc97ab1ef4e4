import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MempoolService } from '../../src/mempool/mempool.ts'
import { selectTransactions } from '../../src/mining/selection.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { outPointKey } from '../../src/primitives/outpoint.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { NaivePool } from './naive-pool.ts'
import { createPoolWorld, type OpenCoin, openCoin, spendOpen } from './pool-world.ts'

/** What happens, in numbers that stand for one of what there is. */
type Step =
  | {
      readonly kind: 'pay'
      readonly coins: readonly number[]
      readonly fee: number
      readonly outputs: number
    }
  | { readonly kind: 'again'; readonly which: number }
  | { readonly kind: 'mine'; readonly share: number; readonly rivals: number }
  | { readonly kind: 'disconnect' }

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('pay' as const),
        coins: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        fee: fc.oneof(fc.integer({ min: 50, max: 400 }), fc.integer({ min: 400, max: 6_000 })),
        outputs: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('mine' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        rivals: fc.integer({ min: 0, max: 2 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disconnect' as const) }) },
  ),
  { minLength: 5, maxLength: 45 },
)

/** The pool of few coins, so that much conflicts and much builds on other. */
async function createPair() {
  const world = await createPoolWorld({}, 5)
  const { mempool, chain, mine } = world
  const naive = new NaivePool()
  const funding = { txid: world.coins[0]!.outPoint.txid, outputs: world.coins } as never as Transaction
  naive.know(funding)
  for (const { outPoint } of world.coins) naive.coins.add(outPointKey(outPoint))
  const coins: OpenCoin[] = [...world.coins]
  const made: Transaction[] = []
  const blocks: { readonly hash: BlockHash; readonly transactions: readonly Transaction[] }[] = []
  /** one object for each transaction */
  const known = new Map<string, Transaction>()
  let tags = 0
  const told = new Set<Transaction>()
  mempool.events.on('added', ({ transaction }) => told.add(transaction))
  mempool.events.on('removed', ({ entry }) => told.delete(entry.transaction))

  const build = (picks: readonly number[], fee: number, outputs: number): Transaction => {
    // The latest are picked most, so that chains grow.
    const chosen = new Set(
      picks.map((pick) => coins[coins.length - 1 - (pick % Math.min(coins.length, 12))]!),
    )
    return know(spendOpen([...chosen], { fee, outputs }))
  }

  function know(tx: Transaction): Transaction {
    const same = known.get(tx.txid)
    if (same !== undefined) return same
    known.set(tx.txid, tx)
    naive.know(tx)
    return tx
  }

  async function take(step: Step): Promise<void> {
    if (step.kind === 'pay') {
      const tx = build(step.coins, step.fee, step.outputs)
      made.push(tx)
      await offer(tx)
      if (naive.pending.includes(tx)) coins.push(...tx.outputs.map((_, vout) => openCoin(tx, vout)))
    } else if (step.kind === 'again' && made.length > 0) await offer(made[step.which % made.length]!)
    else if (step.kind === 'mine') await connect(step.share, step.rivals)
    else if (step.kind === 'disconnect') await disconnect()
  }

  async function offer(tx: Transaction): Promise<void> {
    const verdict = await mempool.accept(tx)
    expect(verdict.ok ? 'ok' : verdict.error.code).toBe(naive.accept(tx))
  }

  async function connect(share: number, rivals: number): Promise<void> {
    const mined = naive.pending.slice(0, Math.floor(naive.pending.length * share))
    const spent = new Set(mined.flatMap(({ inputs }) => inputs.map(({ prevout }) => outPointKey(prevout))))
    const free = world.coins.filter(
      ({ outPoint }) => naive.coins.has(outPointKey(outPoint)) && !spent.has(outPointKey(outPoint)),
    )
    // Payments of another miner, which the pool has not seen and which may spend what pending ones spend.
    for (const coin of free.slice(0, rivals)) {
      mined.push(know(spendOpen([coin], { fee: 150 + tags })))
    }
    const fees = mined.reduce((sum, tx) => sum + naive.fee(tx), 0)
    const { hash } = await mine({ transactions: mined, fees, tag: `block ${tags++}` })
    blocks.push({ hash, transactions: mined })
    naive.connect(mined)
  }

  async function disconnect(): Promise<void> {
    const last = blocks.pop()
    if (last === undefined) return
    await chain.invalidate(last.hash)
    naive.disconnect(last.transactions)
  }

  return { ...world, naive, take, told, made }
}

type Pair = Awaited<ReturnType<typeof createPair>>

const sorted = (transactions: Iterable<Transaction>): string[] =>
  [...transactions].map(({ txid }) => txid).sort()

function expectSound({ mempool, naive, told }: Pair): void {
  const entries = mempool.entries()
  const pending = entries.map(({ transaction }) => transaction)
  expect(sorted(pending)).toEqual(sorted(naive.pending))
  expect(sorted(told)).toEqual(sorted(pending))
  expect(mempool.size).toBe(entries.length)
  expect(mempool.virtualBytes).toBe(entries.reduce((sum, { virtualSize }) => sum + virtualSize, 0))
  const spent = new Set<string>()
  const before = new Set<string>()
  for (const { transaction, fee } of entries) {
    expect(fee).toBe(naive.fee(transaction))
    expect(mempool.getByWtxid(transaction.wtxid)?.transaction).toBe(transaction)
    for (const { prevout } of transaction.inputs) {
      expect(spent.has(outPointKey(prevout))).toBe(false)
      spent.add(outPointKey(prevout))
      expect(mempool.spenderOf(prevout)?.transaction).toBe(transaction)
      expect(naive.coins.has(outPointKey(prevout)) || before.has(prevout.txid)).toBe(true)
    }
    before.add(transaction.txid)
  }
}

describe('the mempool through payments, replacements, blocks and reorganisations', () => {
  it('is what a naive one is, with the same verdicts, and no output is spent twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const pair = await createPair()
        for (const step of plan) {
          await pair.take(step)
          expectSound(pair)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('gives payments that are handed in at once the verdicts that it gives one after another', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const [pair, twin] = [await createPair(), await createPair()]
        for (const step of plan) if (step.kind === 'pay') await pair.take(step)
        const verdicts = await Promise.all(pair.made.map((tx) => twin.mempool.accept(tx)))
        for (const tx of pair.made) twin.naive.know(tx)
        const expected = pair.made.map((tx) => twin.naive.accept(tx))
        expect(verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.error.code))).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })

  it('never offers the miner less for a replacement, as long as a block has room for all', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const pair = await createPair()
        for (const step of plan.filter(({ kind }) => kind === 'pay')) {
          const before = bestFees(pair.mempool)
          await pair.take(step)
          expect(bestFees(pair.mempool)).toBeGreaterThanOrEqual(before)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('has a template that a block can hold: all that the chain asks of it holds', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 500, max: 20_000 }), async (plan, weight) => {
        const pair = await createPair()
        for (const step of plan) if (step.kind === 'pay') await pair.take(step)
        const { transactions, fees } = selectTransactions(pair.mempool.entries(), { ...ROOMY, weight })
        expect(transactions.reduce((sum, tx) => sum + tx.weight, 0)).toBeLessThanOrEqual(weight)
        await pair.mine({ transactions, fees })
      }),
      { numRuns: 15 },
    )
  })
})

const ROOMY = { weight: 3_900_000, sigopsCost: 80_000, height: 1_000, medianTimePast: 4e9 }
const bestFees = (mempool: MempoolService): number => selectTransactions(mempool.entries(), ROOMY).fees
