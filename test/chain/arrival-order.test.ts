import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Chain, ChainEntry } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import { COIN } from '../../src/primitives/money.ts'
import { out } from '../support/bad-blocks.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain, type TestChain } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const BOB = testKey('bob')

interface Tree {
  /** what all nodes have: a trunk with coins to spend */
  readonly trunk: readonly Block[]
  /** all the others, in no order that matters */
  readonly blocks: readonly Block[]
  /** those that break a rule, or build on what does */
  readonly invalid: ReadonlySet<Block>
  /** the end of the branch with the most work */
  readonly winner: Block
}

/** A place in the tree for a block that has not been offered to the chain. */
const entryOf = (block: Block, parent: ChainEntry, distance: number): ChainEntry => ({
  header: block.header,
  hash: block.hash,
  height: parent.height + distance,
  work: parent.work,
  medianTimePast: block.header.time,
})

/**
 * Four branches from one fork, which pay the same coins to different people, of 2, 4, 6 and 8 blocks. That of 8 breaks
 * a rule in its sixth block, so its first five are good and the branch of 6 has the most work. Two more blocks fork
 * off the third block of the winner.
 */
async function plantTree(): Promise<Tree> {
  const { chain, mineMany } = await createTestChain()
  const trunk = await mineMany(12)
  const fork = chain.tip()
  const coin = coinbaseInput(trunk[0]!)
  const other = coinbaseInput(trunk[1]!)
  const toAlice = pay([coin], [out(40 * COIN, ALICE.scriptPubKey), out(9 * COIN, BOB.scriptPubKey)])
  const change: TestInput = {
    outPoint: { txid: toAlice.txid, vout: 0 },
    coin: toAlice.outputs[0]!,
    key: ALICE,
  }
  const toBob = pay([change, other], [out(80 * COIN, BOB.scriptPubKey)])

  const short = buildBranch(fork, emptyPlans(2, 'short'))
  const middle = buildBranch(fork, [
    { tag: 'middle', transactions: [pay([coin], [out(50 * COIN, BOB.scriptPubKey)])] },
    ...emptyPlans(3, 'middle'),
  ])
  const winning = buildBranch(fork, [
    { tag: 'winning', transactions: [toAlice], fees: COIN },
    { tag: 'winning' },
    { tag: 'winning', transactions: [toBob], fees: 10 * COIN },
    ...emptyPlans(3, 'winning'),
  ])
  const failing = buildBranch(fork, [
    { tag: 'failing', transactions: [toAlice, toBob] },
    ...emptyPlans(4, 'failing'),
    { tag: 'failing', transactions: [pay([coin], [out(COIN, BOB.scriptPubKey)])] },
    ...emptyPlans(2, 'failing'),
  ])
  const twigs = buildBranch(entryOf(winning[2]!, fork, 3), emptyPlans(2, 'twig'))
  return {
    trunk,
    blocks: [...short, ...middle, ...winning, ...failing, ...twigs],
    invalid: new Set(failing.slice(5)),
    winner: winning.at(-1)!,
  }
}

/** Offers each block until the chain has its parent; what breaks a rule, or has such an ancestor, is let go. */
async function offerAll(chain: Chain, blocks: readonly Block[], invalid: Tree['invalid']): Promise<void> {
  let waiting = [...blocks]
  while (waiting.length > 0) {
    const orphans: Block[] = []
    for (const block of waiting) {
      const accepted = await chain.acceptBlock(block)
      if (accepted.ok) continue
      if (accepted.error.code === 'parent-unknown') orphans.push(block)
      else if (!invalid.has(block)) throw new Error(`${accepted.error.code} for a valid block`)
    }
    // The header of a block on an invalid one is not kept, so that blocks on it never have a parent.
    if (orphans.every((block) => invalid.has(block))) return
    if (orphans.length === waiting.length) throw new Error('no block has a parent')
    waiting = orphans
  }
}

async function sprout(trunk: readonly Block[]): Promise<TestChain> {
  const test = await createTestChain()
  for (const block of trunk) await test.chain.acceptBlock(block)
  return test
}

/** Branches and what is on them, whatever the path that led there. */
const stateOf = async ({ chain }: TestChain) => ({
  tip: chain.tip().hash,
  best: chain.bestHeader().hash,
  coins: await chain.coinStatistics(),
  alice: await chain.coinsOfScript(ALICE.scriptPubKey),
  bob: await chain.coinsOfScript(BOB.scriptPubKey),
})

const tree = await plantTree()
// Of places, which a failing run can print.
const order = fc.shuffledSubarray([...tree.blocks.keys()], { minLength: tree.blocks.length })

const inOrder = (places: readonly number[]): Block[] => places.map((place) => tree.blocks[place]!)

/** A chain that never heard of any branch but the winner. */
async function straight() {
  const test = await sprout(tree.trunk)
  const branch: Block[] = []
  const byHash = new Map(tree.blocks.map((block) => [block.hash, block]))
  for (let block: Block | undefined = tree.winner; block; block = byHash.get(block.header.previous))
    branch.unshift(block)
  await offerAll(test.chain, branch, new Set())
  return stateOf(test)
}
const wanted = await straight()

describe('any order in which blocks arrive ends at the same tip and coins', () => {
  it('that of the branch with the most work, of those that are valid', () => {
    expect(wanted.tip).toBe(tree.winner.hash)
    expect(wanted.bob).toHaveLength(2)
  })

  it('where each block is offered until its parent is there', async () => {
    await fc.assert(
      fc.asyncProperty(order, async (places) => {
        const blocks = inOrder(places)
        const test = await sprout(tree.trunk)
        await offerAll(test.chain, blocks, tree.invalid)
        expect(await stateOf(test)).toEqual(wanted)
      }),
      { numRuns: 50 },
    )
  })

  it('where all headers are known before the first body', async () => {
    await fc.assert(
      fc.asyncProperty(order, async (places) => {
        const blocks = inOrder(places)
        const test = await sprout(tree.trunk)
        for (const { header } of tree.blocks) await test.chain.acceptHeaders([header])
        await offerAll(test.chain, blocks, tree.invalid)
        expect(await stateOf(test)).toEqual(wanted)
        expect(test.chain.missingBodies(100)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('where all of them are offered at once', async () => {
    await fc.assert(
      fc.asyncProperty(order, async (places) => {
        const blocks = inOrder(places)
        const test = await sprout(tree.trunk)
        for (const { header } of tree.blocks) await test.chain.acceptHeaders([header])
        await Promise.all(blocks.map((block) => test.chain.acceptBlock(block)))
        expect(await stateOf(test)).toEqual(wanted)
      }),
      { numRuns: 50 },
    )
  })

  it('where the node is started again in between', async () => {
    await fc.assert(
      fc.asyncProperty(order, fc.nat({ max: tree.blocks.length }), async (places, cut) => {
        const blocks = inOrder(places)
        const first = await sprout(tree.trunk)
        for (const { header } of tree.blocks) await first.chain.acceptHeaders([header])
        await offerAll(first.chain, blocks.slice(0, cut), tree.invalid)
        await first.chain.stop()
        const second = await createTestChain({ store: first.store, clock: first.clock })
        await offerAll(second.chain, blocks.slice(cut), tree.invalid)
        expect(await stateOf(second)).toEqual(wanted)
      }),
      { numRuns: 50 },
    )
  })
})
