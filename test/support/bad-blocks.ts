import type { RuleCode } from '../../src/consensus/rules.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { BlockHash, MerkleRoot } from '../../src/primitives/hash.ts'
import { type HeaderFields, makeHeader } from '../../src/primitives/header.ts'
import { COIN } from '../../src/primitives/money.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
} from '../../src/primitives/transaction.ts'
import { buildWith } from './block-builder.ts'
import { pay, type TestInput, testKey } from './key.ts'
import { coinbaseInput, createTestChain, DEV, type TestChain } from './test-chain.ts'

export const ALICE = testKey('alice')
export const SECOND = 1_000

/** index of the coinbase that the last block of a stage spends */
const SPENT = 2

export interface Stage extends TestChain {
  /** the coinbase of block `index`, counted from 0: mature up to 10, and spent already at 2 */
  coin(index: number): TestInput
}

/** A chain of 20 blocks, the same each time: at height 21 the coinbases of 1 to 11 are mature, that of 3 is spent. */
export async function stage(): Promise<Stage> {
  const test = await createTestChain()
  const blocks = await test.mineMany(19)
  const coin = (index: number): TestInput => coinbaseInput(blocks[index]!)
  blocks.push(await test.mine({ transactions: [pay([coin(SPENT)], [out(COIN)])] }))
  return { ...test, coin }
}

export const out = (value: number, scriptPubKey = ALICE.scriptPubKey) => ({ value, scriptPubKey })
export const edit = (tx: Transaction, change: Partial<TransactionFields>): Transaction =>
  makeTransaction({ ...tx, ...change })
export const editInput = (tx: Transaction, change: Partial<Transaction['inputs'][number]>): Transaction =>
  edit(tx, { inputs: tx.inputs.map((input, i) => (i === 0 ? { ...input, ...change } : input)) })

/** A block on the tip with these transactions, valid in all that its header and commitment say. */
export const holding =
  (make: (s: Stage) => readonly Transaction[] | Transaction) =>
  (s: Stage): Block => {
    const made = make(s)
    return s.build({ transactions: Array.isArray(made) ? made : [made as Transaction] })
  }

/** The honest next block with one header field changed and nothing else. */
export const withHeader =
  (change: (header: HeaderFields) => Partial<HeaderFields>) =>
  (s: Stage): Block => {
    const honest = s.build({ transactions: [pay([s.coin(0)], [out(COIN)])] })
    const header = makeHeader({ ...honest.header, ...change(honest.header) })
    return makeBlock(header, honest.transactions)
  }

/** As `withHeader`, with the proof of work done again. */
export const remined =
  (change: (header: HeaderFields, s: Stage) => Partial<HeaderFields>) =>
  (s: Stage): Block => {
    const honest = s.build()
    return buildWith(s.chain, s.chain.tip(), honest.transactions, change(honest.header, s))
  }

/** The honest body with its transactions replaced under the same header. */
export const withBody =
  (change: (transactions: readonly Transaction[], s: Stage) => readonly Transaction[]) =>
  (s: Stage): Block => {
    const honest = s.build({ transactions: [pay([s.coin(0)], [out(COIN)]), pay([s.coin(1)], [out(COIN)])] })
    return makeBlock(honest.header, change(honest.transactions, s))
  }

function flipWitness(tx: Transaction): Transaction {
  const [signature, publicKey] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
  const flipped = signature.slice()
  flipped[20]! ^= 1
  return editInput(tx, { witness: [flipped, publicKey] })
}

/** The first change, counted from 1, with which the hash misses the target. */
const changedUntilWorkFails =
  (change: (header: HeaderFields, turn: number) => Partial<HeaderFields>) =>
  (header: HeaderFields): Partial<HeaderFields> => {
    const target = targetOfBits(header.bits)!
    for (let turn = 1; ; turn++) {
      const changed = change(header, turn)
      if (hashValue(makeHeader({ ...header, ...changed }).hash) > target) return changed
    }
  }

/** The rule that a block breaks, what is wrong with it, and how it is made from a stage. */
export type BadBlock = readonly [code: RuleCode, what: string, make: (s: Stage) => Block]

/** A previous block that nobody has. */
export const STRANGE_PARENT = '11'.repeat(32) as BlockHash

/** The only one of the bad blocks that may turn out to be good: its parent may still come. */
export const ORPHAN: BadBlock = ['parent-unknown', 'previous', remined(() => ({ previous: STRANGE_PARENT }))]

/** What a thief would try first; each is bad whatever else the receiver knows. */
export const FORGED_BLOCKS: readonly BadBlock[] = [
  // Header fields: the work no longer fits, or the field's own rule fails.
  [
    'proof-of-work-insufficient',
    'version',
    withHeader(changedUntilWorkFails((_, turn) => ({ version: 1 + turn }))),
  ],
  ['merkle-root-mismatch', 'merkle root', remined(() => ({ merkleRoot: '22'.repeat(32) as MerkleRoot }))],
  [
    'proof-of-work-insufficient',
    'time',
    withHeader(changedUntilWorkFails((h, turn) => ({ time: h.time + turn }))),
  ],
  ['difficulty-wrong', 'bits', remined(() => ({ bits: 0x2070ffff }))],
  [
    'proof-of-work-insufficient',
    'nonce',
    withHeader(changedUntilWorkFails((h, turn) => ({ nonce: h.nonce + turn }))),
  ],
  ['time-too-old', 'time not after the median', remined((_, s) => ({ time: s.chain.tip().medianTimePast }))],
  [
    'time-too-new',
    'time a second too far ahead',
    remined((_, s) => ({ time: Math.floor(s.clock.now() / SECOND) + DEV.futureLimit + 1 })),
  ],

  // Bodies.
  [
    'merkle-root-mismatch',
    'a transaction changed',
    withBody(([c, a, b]) => [c!, edit(a!, { lockTime: 5 }), b!]),
  ],
  ['witness-commitment-mismatch', 'a witness changed', withBody(([c, a, b]) => [c!, flipWitness(a!), b!])],
  ['coinbase-value-exceeded', 'a unit too much', (s) => s.build({ fees: 1 })],
  ['coinbase-immature', 'a coinbase spent one block early', holding((s) => pay([s.coin(11)], [out(COIN)]))],
  [
    'input-missing-or-spent',
    'a coin spent twice in a block',
    holding((s) => [pay([s.coin(0)], [out(COIN)]), pay([s.coin(0)], [out(2 * COIN)])]),
  ],
  [
    'input-missing-or-spent',
    'a coin that an earlier block has spent',
    holding((s) => pay([s.coin(SPENT)], [out(2 * COIN)])),
  ],
]
