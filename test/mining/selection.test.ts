import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SelectionEntry, type SelectionLimits, selectTransactions } from '../../src/mining/selection.ts'
import { type PendingPlan, pending } from './pending.ts'

const ROOMY: SelectionLimits = { weight: 4_000_000, sigopsCost: 80_000, height: 500, medianTimePast: 1.8e9 }

const choose = (entries: readonly SelectionEntry[], limits: Partial<SelectionLimits> = {}) =>
  selectTransactions(entries, { ...ROOMY, ...limits })

const transactionsOf = (entries: readonly SelectionEntry[]) => entries.map((entry) => entry.transaction)
const weightOf = (entries: readonly SelectionEntry[]) =>
  entries.reduce((sum, entry) => sum + entry.transaction.weight, 0)

interface RandomEntry {
  readonly parents: readonly number[]
  readonly plan: PendingPlan
}

/** Pending transactions of which many build on earlier ones. */
const pools = fc.array(
  fc.record<RandomEntry>({
    parents: fc.array(fc.nat(), { maxLength: 3 }),
    plan: fc.record({
      fee: fc.integer({ min: 0, max: 5_000 }),
      padding: fc.integer({ min: 0, max: 800 }),
      sigopsCost: fc.integer({ min: 0, max: 5 }),
      lockTime: fc.constantFrom(0, 0, 0, 0, 0, 499, 500),
    }),
  }),
  { maxLength: 24 },
)

function build(plans: readonly RandomEntry[]): SelectionEntry[] {
  const entries: SelectionEntry[] = []
  for (const { parents, plan } of plans) {
    const earlier = entries.length === 0 ? [] : parents.map((n) => entries[n % entries.length]!.transaction)
    entries.push(pending({ ...plan, parents: [...new Set(earlier)] }))
  }
  return entries
}

/** How many it would bring into a block, where each has one parent at most. */
function depthOf(entries: readonly SelectionEntry[], { transaction }: SelectionEntry): number {
  const parent = entries.find((other) => other.transaction.txid === transaction.inputs[0]!.prevout.txid)
  return parent === undefined ? 1 : 1 + depthOf(entries, parent)
}

/** Again and again the best fee rate, where each counts by itself and comes after its parents. */
function chooseSingly(entries: readonly SelectionEntry[], weight: number): number {
  const byId = new Map(entries.map((entry) => [entry.transaction.txid, entry]))
  const chosen = new Set<SelectionEntry>()
  const isReady = ({ transaction }: SelectionEntry): boolean =>
    transaction.inputs.every(({ prevout }) => {
      const parent = byId.get(prevout.txid)
      return parent === undefined || chosen.has(parent)
    })
  while (true) {
    const fitting = entries.filter(
      (entry) => !chosen.has(entry) && isReady(entry) && weightOf([...chosen, entry]) <= weight,
    )
    if (fitting.length === 0) return [...chosen].reduce((sum, { fee }) => sum + fee, 0)
    chosen.add(
      fitting.reduce((a, b) => (b.fee / b.transaction.weight > a.fee / a.transaction.weight ? b : a)),
    )
  }
}

/** The rule itself, slowly: again and again the package of the best rate that fits. */
function chooseNaively(entries: readonly SelectionEntry[], limits: SelectionLimits) {
  const ancestors = (entry: SelectionEntry): SelectionEntry[] => {
    const parents = entries.filter(({ transaction }) =>
      entry.transaction.inputs.some(({ prevout }) => prevout.txid === transaction.txid),
    )
    const all = new Set([...parents.flatMap(ancestors), ...parents])
    return entries.filter((each) => all.has(each))
  }
  const isFinal = ({ transaction }: SelectionEntry) => transaction.lockTime < limits.height
  const candidates = entries
    .map((entry) => [...ancestors(entry), entry])
    .filter((each) => each.every(isFinal))
  const chosen = new Set<SelectionEntry>()
  const sum = (items: readonly SelectionEntry[], of: (item: SelectionEntry) => number) =>
    items.reduce((total, item) => total + of(item), 0)
  while (true) {
    const fitting = candidates
      .map((items) => items.filter((item) => !chosen.has(item)))
      .filter((items) => items.length > 0)
      .filter((items) => weightOf([...chosen, ...items]) <= limits.weight)
      .filter((items) => sum([...chosen, ...items], (item) => item.sigopsCost) <= limits.sigopsCost)
      .map((items) => ({ items, rate: sum(items, (item) => item.fee) / weightOf(items) }))
    if (fitting.length === 0) return transactionsOf([...chosen])
    const best = fitting.reduce((a, b) => (b.rate > a.rate ? b : a))
    for (const item of best.items) chosen.add(item)
  }
}

describe('transaction selection', () => {
  it('takes the best fee rate first', () => {
    const [low, high, middle] = [pending({ fee: 100 }), pending({ fee: 300 }), pending({ fee: 200 })]
    expect(choose([low, high, middle])).toEqual({
      transactions: transactionsOf([high, middle, low]),
      fees: 600,
    })
  })

  it('lets a child pay for its parent', () => {
    const parent = pending({ fee: 0 })
    const rival = pending({ fee: 400 })
    const child = pending({ fee: 1_000, parents: [parent.transaction] })
    const weight = weightOf([parent, child])
    expect(choose([parent, rival, child], { weight }).transactions).toEqual(transactionsOf([parent, child]))
  })

  it('does not let a child that pays little ride on a parent that pays much', () => {
    const parent = pending({ fee: 1_000 })
    const child = pending({ fee: 0, parents: [parent.transaction] })
    const rival = pending({ fee: 100 })
    const weight = weightOf([parent, rival])
    expect(choose([parent, child, rival], { weight }).transactions).toEqual(transactionsOf([parent, rival]))
  })

  it('leaves out what is not final at the height or median time, and what builds on it', () => {
    const byHeight = pending({ fee: 500, lockTime: 500 })
    const byTime = pending({ fee: 500, lockTime: 1.8e9 })
    const child = pending({ fee: 500, parents: [byHeight.transaction] })
    expect(choose([byHeight, byTime, child]).transactions).toEqual([])
    const later = { height: 501, medianTimePast: 1.8e9 + 1 }
    expect(choose([byHeight, byTime, child], later).transactions).toHaveLength(3)
  })

  it('fills the weight exactly and passes over what does not fit', () => {
    const big = pending({ fee: 10_000, padding: 700 })
    const small = pending({ fee: 10 })
    expect(choose([big, small], { weight: weightOf([big, small]) }).transactions).toHaveLength(2)
    expect(choose([big, small], { weight: weightOf([big, small]) - 1 }).transactions).toEqual(
      transactionsOf([big]),
    )
    expect(choose([big, small], { weight: weightOf([big]) - 1 }).transactions).toEqual(
      transactionsOf([small]),
    )
  })

  it('stays within the cost of signature operations', () => {
    const entries = [3, 2, 1].map((fee) => pending({ fee, sigopsCost: 40 }))
    expect(choose(entries, { sigopsCost: 80 }).transactions).toEqual(transactionsOf(entries.slice(0, 2)))
  })

  it('brings as much as a choice by single fee rates, but for room that no package fits', () => {
    const alike = fc.array(
      fc.record({ fee: fc.integer({ min: 0, max: 5_000 }), parent: fc.option(fc.nat()) }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(alike, fc.integer({ min: 1, max: 20 }), (plans, room) => {
        const entries: SelectionEntry[] = []
        for (const { fee, parent } of plans) {
          const earlier =
            parent === null || entries.length === 0 ? [] : [entries[parent % entries.length]!.transaction]
          entries.push(pending({ fee, parents: earlier }))
        }
        const one = weightOf([pending({ fee: 0 })])
        // Packages may leave some of the last room: never more than the largest of them would take.
        const largest = Math.max(1, ...entries.map((entry) => depthOf(entries, entry)))
        const { fees } = choose(entries, { weight: (room + largest - 1) * one })
        expect(fees).toBeGreaterThanOrEqual(chooseSingly(entries, room * one))
      }),
      { numRuns: 300 },
    )
  })

  it('chooses what the rule says, step by step, in any pool', () => {
    const weights = fc.integer({ min: 0, max: 12_000 })
    const costs = fc.integer({ min: 0, max: 60 })
    fc.assert(
      fc.property(pools, weights, costs, (plans, weight, sigopsCost) => {
        const entries = build(plans)
        const limits = { ...ROOMY, weight, sigopsCost }
        const { transactions, fees } = choose(entries, limits)
        expect(transactions).toEqual(chooseNaively(entries, limits))
        const paid = entries.filter(({ transaction }) => transactions.includes(transaction))
        expect(fees).toBe(paid.reduce((sum, { fee }) => sum + fee, 0))
      }),
      { numRuns: 300 },
    )
  })
})
