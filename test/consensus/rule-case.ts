import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/base/result.ts'
import { RULES, type Rule, type RuleCode } from '../../src/consensus/rules.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { COIN } from '../../src/primitives/money.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { out, type Stage, stage } from '../support/bad-blocks.ts'
import { pay } from '../support/key.ts'

/**
 * One way of breaking a rule. It is made twice, once with the fault and once without, and nothing else may differ: so
 * the refusal is known to come from that fault.
 */
export interface RuleCase {
  readonly what: string
  /** what has to have happened on the chain before */
  prepare?(s: Stage): Promise<void>
  attempt(s: Stage, fault: boolean): Promise<Result<unknown, unknown>> | Result<unknown, unknown>
}

/** The codes of the rules of a scope. */
export type CodesOf<S extends Rule['scope']> = {
  [C in RuleCode]: (typeof RULES)[C]['scope'] extends S ? C : never
}[RuleCode]

/** At least one case for every rule of a scope: a rule without one is an error of type. */
export type RuleTable<S extends Rule['scope']> = Readonly<
  Record<CodesOf<S>, readonly [RuleCase, ...RuleCase[]]>
>

/** A block on the tip that the chain is offered. */
export const inBlock = (
  what: string,
  make: (s: Stage, fault: boolean) => Block,
  prepare?: RuleCase['prepare'],
): RuleCase => ({
  what,
  ...(prepare === undefined ? {} : { prepare }),
  async attempt(s, fault) {
    const accepted = await s.chain.acceptBlock(make(s, fault))
    if (accepted.ok) expect(accepted.value.connected).toBe(true)
    return accepted
  },
})

/** A block with these transactions that is right in all that its header and commitment say. */
export const inTransactions = (
  what: string,
  make: (s: Stage, fault: boolean) => Transaction | readonly Transaction[],
  prepare?: RuleCase['prepare'],
): RuleCase => inBlock(what, (s, fault) => s.build({ transactions: [make(s, fault)].flat() }), prepare)

/** An honest block whose transactions are changed under the same header. */
export const inBody = (
  what: string,
  change: (transactions: readonly [Transaction, Transaction, Transaction]) => readonly Transaction[],
): RuleCase =>
  inBlock(what, (s, fault) => {
    const honest = s.build({ transactions: [spend(s, 0), spend(s, 1)] })
    const [coinbase, first, second] = honest.transactions
    return fault ? makeBlock(honest.header, change([coinbase!, first!, second!])) : honest
  })

/** Pays a coin of the coinbase of block `index` to Alice and leaves the rest to the miner. */
export const spend = (s: Stage, index: number): Transaction => pay([s.coin(index)], [out(COIN)])

async function holds(code: RuleCode, { prepare, attempt }: RuleCase): Promise<void> {
  const s = await stage()
  await prepare?.(s)
  const tip = s.chain.tip()
  const coins = await s.chain.coinStatistics()
  expect(await attempt(s, true)).toMatchObject({ ok: false, error: { kind: 'rule', code } })
  expect(s.chain.tip()).toBe(tip)
  expect(await s.chain.coinStatistics()).toEqual(coins)
  expect(await attempt(s, false)).toMatchObject({ ok: true })
}

/** Tests that each rule refuses what breaks just that rule, with its own code, and takes the same without the fault. */
export function describeRules(
  scope: Rule['scope'],
  table: { readonly [C in RuleCode]?: readonly RuleCase[] },
): void {
  describe(`a ${scope} that breaks one rule is refused with that rule's code, and taken once it is mended`, () => {
    const cases = Object.entries(table).flatMap(([code, list]) =>
      list.map((each) => ({ code: code as RuleCode, what: each.what, each })),
    )
    it.each(cases)('$code: $what', ({ code, each }) => holds(code, each))

    it('only rules of this scope stand here', () => {
      for (const code of Object.keys(table)) expect(RULES[code as RuleCode].scope, code).toBe(scope)
    })
  })
}

/** Tests that the table leaves no rule of the scope out, which the type says as well where types are checked. */
export function describeAllRules<S extends Rule['scope']>(scope: S, table: RuleTable<S>): void {
  describeRules(scope, table)
  it(`every rule of scope ${scope} has a case`, () => {
    const codes = Object.entries(RULES).filter(([, rule]) => rule.scope === scope)
    expect(Object.keys(table).sort()).toEqual(codes.map(([code]) => code).sort())
  })
}
