import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompactBlock,
  createShortIds,
  decodeCompactBlock,
  encodeCompactBlock,
} from '../../protocols/compact-block.ts'
import { draftBlock, LatelyLeft } from '../../src/network/compact-draft.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { type Txid, toHashId, type Wtxid } from '../../src/primitives/hash.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { bytesOf } from '../support/arbitrary.ts'
import { DEV } from '../support/test-chain.ts'

/** Some transaction, another one for each number. */
function transactionOf(number: number): Transaction {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number)
  const prevout = { txid: toHashId<Txid>(bytes), vout: 0 }
  return makeTransaction({
    version: 2,
    inputs: [{ prevout, scriptSig: new Uint8Array(0), sequence: 1, witness: [bytes] }],
    outputs: [{ value: 1, scriptPubKey: bytes }],
    lockTime: 0,
  })
}

const compactOf = (block: Block, nonce: Uint8Array): CompactBlock => {
  const compact = decodeCompactBlock(encodeCompactBlock(block, nonce))
  if (!compact.ok) throw compact.error
  return compact.value
}

const NONCE = new Uint8Array(8).fill(7)
const BLOCK = makeBlock(
  DEV.genesis.header,
  Array.from({ length: 10 }, (_, i) => transactionOf(i)),
)
let turns = 0
const clock = {
  turn: async () => {
    turns += 1
  },
}

describe('draft of a compact block', () => {
  it('becomes the block again, whatever the mempool holds of it', async () => {
    const setting = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      held: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
      others: fc.nat({ max: 60 }),
      nonce: bytesOf(8),
      seed: fc.nat({ max: 1_000 }),
    })
    await fc.assert(
      fc.asyncProperty(setting, async ({ count, held, others, nonce, seed }) => {
        const transactions = Array.from({ length: count }, (_, i) => transactionOf(i))
        const block = makeBlock(DEV.genesis.header, transactions)
        const strangers = Array.from({ length: others }, (_, i) => transactionOf(1_000 + i))
        const pool = [...transactions.filter((_, i) => held[i]), ...strangers].sort(
          (a, b) =>
            ((Number.parseInt(a.txid.slice(0, 8), 16) * seed) % 97) -
            (Number.parseInt(b.txid.slice(0, 8), 16) % 97),
        )
        const draft = await draftBlock(compactOf(block, nonce), pool, clock)
        const missing = draft.missing()
        expect(missing).toEqual(transactions.map((_, i) => i).filter((i) => i > 0 && !held[i]))
        expect(
          draft.fill(
            missing,
            missing.map((i) => transactions[i]!),
          ),
        ).toBe(true)
        expect(draft.block().bytes).toEqual(block.bytes)
      }),
      { numRuns: 60 },
    )
  })

  it('leaves the places empty that have one short id', async () => {
    const compact = compactOf(BLOCK, NONCE)
    const twice = { ...compact, shortIds: compact.shortIds.with(1, compact.shortIds[0]!) }
    expect((await draftBlock(twice, BLOCK.transactions, clock)).missing()).toEqual([1, 2])
  })

  it('leaves a place empty for which two pending transactions have the same short id', async () => {
    // Found among 30 million under this header and nonce.
    const [one, two] = [6_655_075, 28_796_485].map((number): Transaction => {
      const bytes = new Uint8Array(32)
      new DataView(bytes.buffer).setUint32(0, number, true)
      return { ...transactionOf(1), wtxid: toHashId<Wtxid>(bytes) }
    }) as [Transaction, Transaction]
    const shortIdOf = createShortIds(BLOCK.header, NONCE)
    expect(shortIdOf(one.wtxid)).toBe(shortIdOf(two.wtxid))
    const [coinbase, , ...others] = BLOCK.transactions
    const compact = compactOf(makeBlock(BLOCK.header, [coinbase!, one, ...others]), NONCE)
    for (const pool of [
      [one, two],
      [two, one],
    ]) {
      const draft = await draftBlock(compact, [...pool, ...others], clock)
      expect(draft.missing()).toEqual([1])
      expect(draft.fill([1], [one])).toBe(true)
    }
    expect((await draftBlock(compact, [one, one, ...others], clock)).missing()).toEqual([])
  })

  it('takes no transaction into a place whose short id it has not', async () => {
    const draft = await draftBlock(compactOf(BLOCK, NONCE), [], clock)
    expect(draft.missing()).toEqual(draft.named())
    expect(draft.fill([3], [BLOCK.transactions[4]!])).toBe(false)
    expect(draft.fill([3, 4], BLOCK.transactions.slice(3, 5))).toBe(true)
    expect(draft.missing()).toEqual([1, 2, 5, 6, 7, 8, 9])
    expect(() => draft.block()).toThrow('invariant')
  })

  it('puts prefilled transactions where they belong, wherever that is', async () => {
    const compact = compactOf(BLOCK, NONCE)
    const prefilled = [0, 4, 9].map((index) => ({ index, transaction: BLOCK.transactions[index]! }))
    const shortIds = compact.shortIds.filter((_, i) => i + 1 !== 4 && i + 1 !== 9)
    const draft = await draftBlock({ ...compact, prefilled, shortIds }, BLOCK.transactions.slice(0, 7), clock)
    expect(draft.missing()).toEqual([7, 8])
    expect(draft.fill([7, 8], BLOCK.transactions.slice(7, 9))).toBe(true)
    expect(draft.block().bytes).toEqual(BLOCK.bytes)
  })

  it('lets others have a turn while it looks through many pending transactions', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      ...BLOCK.transactions[0]!,
      wtxid: i.toString(16).padStart(64, '0') as Wtxid,
    }))
    turns = 0
    const before = process.cpuUsage().user
    const draft = await draftBlock(compactOf(BLOCK, NONCE), many, clock)
    expect(draft.missing()).toHaveLength(9)
    expect(turns).toBe(4)
    // Between two turns it takes a fifth of this at most.
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(100)
  })
})

describe('transactions that left the mempool lately', () => {
  it('are the last hundred, and a megabyte at most', () => {
    const left = new LatelyLeft()
    for (let i = 0; i < 150; i++) left.add(transactionOf(i))
    expect(left.list().map(({ wtxid }) => wtxid)).toEqual(
      Array.from({ length: 100 }, (_, i) => transactionOf(50 + i).wtxid),
    )
    const big = (i: number) => ({ ...transactionOf(i), bytes: new Uint8Array(400_000) })
    for (let i = 200; i < 205; i++) left.add(big(i))
    expect(left.list()).toHaveLength(2)
  })
})
