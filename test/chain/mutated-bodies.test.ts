import { describe, expect, it } from 'vitest'
import { BODY_FAULTS } from '../../src/consensus/check-block.ts'
import type { RuleCode } from '../../src/consensus/rules.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { edit, editInput, holding, out, type Stage, stage } from '../support/bad-blocks.ts'
import { buildWith } from '../support/block-builder.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay } from '../support/key.ts'
import { createTestChain } from '../support/test-chain.ts'

/** An honest block, and another body under its header. */
interface Pair {
  readonly honest: Block
  readonly mutated: Block
}

/** The honest block of two payments, with its transactions changed on the way. */
const withBody =
  (change: (transactions: readonly [Transaction, Transaction, Transaction]) => readonly Transaction[]) =>
  (s: Stage): Pair => {
    const honest = holding((at) => [0, 1].map((index) => pay([at.coin(index)], [out(1_000)])))(s)
    const [coinbase, first, second] = honest.transactions
    return { honest, mutated: makeBlock(honest.header, change([coinbase!, first!, second!])) }
  }

/** An honest block without any witness, to whose coinbase one is added. */
function withoutCommitment(s: Stage): Pair {
  const [coinbase] = s.build().transactions
  const bare = editInput(edit(coinbase!, { outputs: coinbase!.outputs.slice(0, 1) }), { witness: [] })
  const honest = buildWith(s.chain, s.chain.tip(), [bare])
  return { honest, mutated: makeBlock(honest.header, [editInput(bare, { witness: [new Uint8Array(32)] })]) }
}

function otherSignature(tx: Transaction): Transaction {
  const [signature, publicKey] = tx.inputs[0]!.witness
  return editInput(tx, { witness: [signature!.map((byte, i) => (i === 20 ? byte ^ 1 : byte)), publicKey!] })
}

const MUTATIONS: Readonly<Record<string, (s: Stage) => Pair>> = {
  'block-without-transactions': withBody(() => []),
  'merkle-root-mismatch': withBody(([coinbase, first]) => [coinbase, first]),
  'merkle-tree-mutated': withBody(([coinbase, first, second]) => [coinbase, first, second, second]),
  'witness-commitment-mismatch': withBody(([coinbase, first, second]) => [
    coinbase,
    otherSignature(first),
    second,
  ]),
  'witness-reserved-value-wrong': withBody(([coinbase, ...others]) => [
    editInput(coinbase, { witness: [] }),
    ...others,
  ]),
  'witness-unexpected': withoutCommitment,
} satisfies { readonly [C in RuleCode]?: (s: Stage) => Pair }

const CASES = Object.entries(MUTATIONS).map(([code, make]) => ({ code, make }))

describe('a body that was changed on its way does not condemn the honest block', () => {
  it('whatever the fault that a body can be given under an honest header', () => {
    const elsewhere = [
      // Bytes that do not decode never get as far as the chain.
      'malformed',
      // 64 bytes that are two txids and a transaction: failures.test.ts.
      'coinbase-missing',
    ]
    expect([...Object.keys(MUTATIONS), ...elsewhere].sort()).toEqual([...BODY_FAULTS].sort())
  })

  it.each(CASES)('$code: the honest body is still wanted, and taken', async ({ code, make }) => {
    const s = await stage()
    const { honest, mutated } = make(s)
    expect(mutated.hash).toBe(honest.hash)
    expect(await s.chain.acceptBlock(mutated)).toMatchObject({ ok: false, error: { code } })
    expect(s.chain.bestHeader().hash).toBe(honest.hash)
    expect(s.chain.missingBodies(10)).toEqual([honest.hash])
    expect(await s.chain.acceptBlock(mutated)).toMatchObject({ ok: false, error: { code } })
    expect(await s.chain.acceptBlock(honest)).toMatchObject({ ok: true, value: { connected: true } })
    // Now that the block is there a changed body is no news, and changes nothing.
    expect(await s.chain.acceptBlock(mutated)).toMatchObject({ ok: true, value: { isNew: false } })
    expect((await s.chain.block(honest.hash))?.bytes).toEqual(honest.bytes)
  })

  it.each(CASES)('$code: nor over a restart', async ({ code, make }) => {
    const s = await stage()
    const { honest, mutated } = make(s)
    expect(await s.chain.acceptBlock(mutated)).toMatchObject({ error: { code } })
    await s.chain.stop()
    const { chain } = await createTestChain({ store: s.store, clock: s.clock })
    expect(await chain.acceptBlock(honest)).toMatchObject({ ok: true, value: { connected: true } })
  })

  it.each(CASES)('$code: nor those that build on it, whose bodies came before', async ({ code, make }) => {
    const s = await stage()
    const { honest, mutated } = make(s)
    await s.chain.acceptHeaders([honest.header])
    const children = buildBranch(s.chain.entry(honest.hash)!, emptyPlans(3, 'child'))
    await s.chain.acceptHeaders(children.map(({ header }) => header))
    for (const child of children) expect((await s.chain.acceptBlock(child)).ok).toBe(true)
    expect(await s.chain.acceptBlock(mutated)).toMatchObject({ error: { code } })
    expect(s.chain.bestHeader().hash).toBe(children.at(-1)!.hash)
    expect(await s.chain.acceptBlock(honest)).toMatchObject({ ok: true })
    expect(s.chain.tip().hash).toBe(children.at(-1)!.hash)
  })
})

describe('a fault in what the header commits to', () => {
  it('condemns the block, and with it those that build on it', async () => {
    const s = await stage()
    const tip = s.chain.tip()
    const greedy = s.build({ fees: 1 })
    await s.chain.acceptHeaders([greedy.header])
    const [child] = buildBranch(s.chain.entry(greedy.hash)!, emptyPlans(1, 'child'))
    await s.chain.acceptHeaders([child!.header])
    expect(await s.chain.acceptBlock(greedy)).toMatchObject({ error: { code: 'coinbase-value-exceeded' } })
    expect(s.chain.bestHeader().hash).toBe(tip.hash)
    expect(s.chain.missingBodies(10)).toEqual([])
    expect(await s.chain.acceptBlock(greedy)).toMatchObject({ error: { code: 'coinbase-value-exceeded' } })
    expect(await s.chain.acceptBlock(child!)).toMatchObject({ error: { code: 'parent-invalid' } })
  })
})
