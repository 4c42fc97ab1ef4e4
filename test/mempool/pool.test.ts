import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EvictionOrder } from '../../src/mempool/eviction.ts'
import { type Pending, withAncestors } from '../../src/mempool/pending.ts'
import { Pool } from '../../src/mempool/pool.ts'
import type { MempoolEntry } from '../../src/ports/mempool.ts'
import { virtualSize } from '../../src/primitives/transaction.ts'
import { pending } from '../mining/pending.ts'

const entryOf = (fee: number, padding: number, parents: readonly Pending[]): MempoolEntry => {
  const made = pending({ fee, padding, parents: parents.map(({ entry }) => entry.transaction) })
  return { ...made, virtualSize: virtualSize(made.transaction.weight), addedAt: 0, height: 0 }
}

const plans = fc.array(
  fc.record({
    fee: fc.integer({ min: 0, max: 5_000 }),
    padding: fc.integer({ min: 0, max: 800 }),
    parents: fc.array(fc.nat(), { maxLength: 3 }),
  }),
  { maxLength: 30 },
)

type Plan = { readonly fee: number; readonly padding: number; readonly parents: readonly number[] }

/** Each plan's transaction, on parents among those before it of which nobody spends yet. */
function fill(pool: Pool, made: readonly Plan[]): void {
  for (const { fee, padding, parents } of made) {
    const all = pool.all()
    const free = all.filter(
      ({ entry }) => pool.spenderOf({ txid: entry.transaction.txid, vout: 0 }) === undefined,
    )
    const chosen = free.length === 0 ? [] : [...new Set(parents.map((n) => free[n % free.length]!))]
    pool.add(entryOf(fee, padding, chosen))
  }
}

/** What builds on it and itself, found by looking at every input of all. */
function descendantsOf(pool: Pool, start: Pending): Pending[] {
  const found = new Set([start])
  for (const each of pool.all())
    for (const other of found)
      if (each.entry.transaction.inputs.some(({ prevout }) => prevout.txid === other.entry.transaction.txid))
        found.add(each)
  return [...found]
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function expectTotals(pool: Pool): void {
  expect(pool.virtualBytes).toBe(sum(pool.entries().map((entry) => entry.virtualSize)))
  for (const each of pool.all()) {
    const descendants = descendantsOf(pool, each)
    expect({
      count: each.descendantCount,
      size: each.descendantSize,
      fees: each.descendantFees,
    }).toEqual({
      count: descendants.length,
      size: sum(descendants.map(({ entry }) => entry.virtualSize)),
      fees: sum(descendants.map(({ entry }) => entry.fee)),
    })
    const { inputs } = each.entry.transaction
    expect(new Set(each.parents)).toEqual(new Set(pool.parentsOf(inputs)))
    for (const child of each.children) expect(child.parents).toContain(each)
  }
}

describe('the pool', () => {
  it('knows of each what builds on it, whatever comes, is mined and goes', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 20 }),
        plans,
        (first, gone, later) => {
          const pool = new Pool()
          fill(pool, first)
          expectTotals(pool)
          for (const [isMined, pick] of gone) {
            const roots = pool.all().filter(({ parents }) => !isMined || parents.length === 0)
            const chosen = roots[pick % roots.length]
            if (chosen === undefined) break
            if (isMined) pool.remove(chosen)
            else pool.removeWithDescendants([chosen])
            expectTotals(pool)
          }
          fill(pool, later)
          expectTotals(pool)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('hands out those that pay most, parents before children, where there are more than asked for', () => {
    const pool = new Pool()
    const [low, high] = [pool.add(entryOf(100, 0, [])), pool.add(entryOf(900, 0, []))]
    const middle = pool.add(entryOf(500, 0, [low]))
    expect(pool.inventory(0, 10)).toEqual([low, high, middle].map(({ entry }) => entry))
    expect(pool.inventory(0, 2)).toEqual([high.entry, middle.entry])
    expect(pool.inventory(middle.feeRate, 10)).toEqual([high.entry, middle.entry])
  })
})

describe('the order of eviction', () => {
  it('is by the lowest score of all that are left, each with what builds on it, to the last', () => {
    fc.assert(
      fc.property(plans, (made) => {
        const pool = new Pool()
        fill(pool, made)
        const order = new EvictionOrder(pool.all())
        const isPending = ({ entry }: Pending): boolean => pool.get(entry.transaction.txid) !== undefined
        for (let next = order.next(isPending); next !== undefined; next = order.next(isPending)) {
          const lowest = Math.min(...pool.all().map((each) => each.descendantScore))
          expect(next.descendantScore).toBe(lowest)
          const gone = pool.removeWithDescendants([next])
          const ancestors = withAncestors(gone.flatMap(({ parents }) => parents))
          order.reconsider([...ancestors].filter(isPending))
        }
        expect(pool.size).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
