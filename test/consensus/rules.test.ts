import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { checkTransaction } from '../../src/consensus/check-transaction.ts'
import { RULES, type RuleCode } from '../../src/consensus/rules.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import { type Block, decodeBlock, makeBlock } from '../../src/primitives/block.ts'
import { type BlockHash, type MerkleRoot, ZERO_HASH } from '../../src/primitives/hash.ts'
import { encodeHeader, type HeaderFields, makeHeader } from '../../src/primitives/header.ts'
import { COIN, MAX_MONEY } from '../../src/primitives/money.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
} from '../../src/primitives/transaction.ts'
import { p2wshScript } from '../../src/script/templates.ts'
import { buildCoinbase, buildWith } from '../support/block-builder.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { coinbaseInput, createTestChain, DEV, MINER, type TestChain } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const SECOND = 1_000

interface Stage extends TestChain {
  readonly blocks: readonly Block[]
  /** the mature coinbase of block `index`, counted from 0 */
  coin(index: number): TestInput
}

/** A chain of 20 blocks: at height 21 the coinbases of 1 to 11 are mature. */
async function stage(): Promise<Stage> {
  const test = await createTestChain()
  const blocks = await test.mineMany(20)
  return { ...test, blocks, coin: (index) => coinbaseInput(blocks[index]!) }
}

const out = (value: number, scriptPubKey = ALICE.scriptPubKey) => ({ value, scriptPubKey })
const edit = (tx: Transaction, change: Partial<TransactionFields>): Transaction =>
  makeTransaction({ ...tx, ...change })
const editInput = (tx: Transaction, change: Partial<Transaction['inputs'][number]>): Transaction =>
  edit(tx, { inputs: tx.inputs.map((input, i) => (i === 0 ? { ...input, ...change } : input)) })

/** A block on the tip with these transactions, valid in all that its header and commitment say. */
const holding =
  (make: (s: Stage) => readonly Transaction[] | Transaction) =>
  (s: Stage): Block => {
    const made = make(s)
    return s.build({ transactions: Array.isArray(made) ? made : [made as Transaction] })
  }

/** The honest next block with one header field changed and nothing else. */
const withHeader =
  (change: (header: HeaderFields) => Partial<HeaderFields>) =>
  (s: Stage): Block => {
    const honest = s.build({ transactions: [pay([s.coin(0)], [out(COIN)])] })
    const header = makeHeader({ ...honest.header, ...change(honest.header) })
    return makeBlock(header, honest.transactions)
  }

/** As `withHeader`, with the proof of work done again. */
const remined =
  (change: (header: HeaderFields, s: Stage) => Partial<HeaderFields>) =>
  (s: Stage): Block => {
    const honest = s.build()
    return buildWith(s.chain, s.chain.tip(), honest.transactions, change(honest.header, s))
  }

/** The honest body with its transactions replaced under the same header. */
const withBody =
  (change: (transactions: readonly Transaction[], s: Stage) => readonly Transaction[]) =>
  (s: Stage): Block => {
    const honest = s.build({ transactions: [pay([s.coin(0)], [out(COIN)]), pay([s.coin(1)], [out(COIN)])] })
    return makeBlock(honest.header, change(honest.transactions, s))
  }

const flipWitness = (tx: Transaction): Transaction => {
  const [signature, publicKey] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
  const flipped = signature.slice()
  flipped[20]! ^= 1
  return editInput(tx, { witness: [flipped, publicKey] })
}

/** Makes the hash miss its target, whatever else is changed. */
function withoutWork(header: HeaderFields): Partial<HeaderFields> {
  const target = targetOfBits(header.bits)!
  for (let nonce = header.nonce + 1; ; nonce++)
    if (hashValue(makeHeader({ ...header, nonce }).hash) > target) return { nonce }
}

const changedUntilWorkFails =
  (change: (header: HeaderFields, turn: number) => Partial<HeaderFields>) =>
  (header: HeaderFields): Partial<HeaderFields> => {
    const target = targetOfBits(header.bits)!
    for (let turn = 1; ; turn++) {
      const changed = change(header, turn)
      if (hashValue(makeHeader({ ...header, ...changed }).hash) > target) return changed
    }
  }

const CASES: readonly (readonly [RuleCode, string, (s: Stage) => Block])[] = [
  // Tampered header fields: the work no longer fits, or the field's own rule fails.
  [
    'proof-of-work-insufficient',
    'version',
    withHeader(changedUntilWorkFails((_, turn) => ({ version: 1 + turn }))),
  ],
  ['parent-unknown', 'previous', remined(() => ({ previous: '11'.repeat(32) as BlockHash }))],
  ['merkle-root-mismatch', 'merkle root', remined(() => ({ merkleRoot: '22'.repeat(32) as MerkleRoot }))],
  [
    'proof-of-work-insufficient',
    'time',
    withHeader(changedUntilWorkFails((h, turn) => ({ time: h.time + turn }))),
  ],
  ['difficulty-wrong', 'bits', remined(() => ({ bits: 0x2070ffff }))],
  ['proof-of-work-insufficient', 'nonce', withHeader(withoutWork)],
  ['target-out-of-range', 'bits above the limit', withHeader(() => ({ bits: 0x217fffff }))],
  ['target-out-of-range', 'negative bits', withHeader(() => ({ bits: 0x20ffffff }))],
  ['time-too-old', 'time not after the median', remined((_, s) => ({ time: s.chain.tip().medianTimePast }))],
  [
    'time-too-new',
    'time a second too far ahead',
    remined((_, s) => ({ time: Math.floor(s.clock.now() / SECOND) + DEV.futureLimit + 1 })),
  ],

  // Tampered bodies.
  [
    'merkle-root-mismatch',
    'a transaction changed',
    withBody(([c, a, b]) => [c!, edit(a!, { lockTime: 5 }), b!]),
  ],
  ['merkle-root-mismatch', 'a transaction left out', withBody(([c, a]) => [c!, a!])],
  ['merkle-tree-mutated', 'the last one repeated', withBody(([c, a, b]) => [c!, a!, b!, b!])],
  ['witness-commitment-mismatch', 'a witness changed', withBody(([c, a, b]) => [c!, flipWitness(a!), b!])],
  ['block-without-transactions', 'no transactions', withBody(() => [])],
  [
    'witness-reserved-value-wrong',
    'a reserved value of 31 bytes',
    withBody(([c, ...rest]) => [editInput(c!, { witness: [new Uint8Array(31)] }), ...rest]),
  ],
  [
    'witness-unexpected',
    'witnesses without a commitment',
    (s) => {
      const coinbase = buildCoinbase(DEV, 21, { scriptPubKey: MINER.scriptPubKey })
      const bare = edit(coinbase, { outputs: coinbase.outputs.slice(0, 1) })
      return buildWith(s.chain, s.chain.tip(), [bare, pay([s.coin(0)], [out(COIN)])])
    },
  ],

  // The coinbase.
  ['coinbase-value-exceeded', 'a unit too much', (s) => s.build({ fees: 1 })],
  ['coinbase-height-wrong', 'the height before', (s) => s.build({ coinbaseHeight: 20 })],
  [
    'coinbase-missing',
    'a payment first',
    (s) => buildWith(s.chain, s.chain.tip(), [pay([s.coin(0)], [out(COIN)])]),
  ],
  [
    'coinbase-repeated',
    'two of them',
    (s) =>
      s.build({ transactions: [buildCoinbase(DEV, 21, { scriptPubKey: MINER.scriptPubKey, tag: 'b' })] }),
  ],
  ['coinbase-script-size', 'a script of 101 bytes', (s) => s.build({ tag: 'x'.repeat(101 - 2 - 2) })],

  // Transactions by themselves.
  ['transaction-version-unknown', 'version 1', holding((s) => pay([s.coin(0)], [out(COIN)], { version: 1 }))],
  ['outputs-empty', 'no outputs', holding((s) => pay([s.coin(0)], []))],
  ['output-value-out-of-range', 'above MAX_MONEY', holding((s) => pay([s.coin(0)], [out(MAX_MONEY + 1)]))],
  [
    'output-total-out-of-range',
    'a sum above MAX_MONEY',
    holding((s) => pay([s.coin(0)], [out(MAX_MONEY), out(1)])),
  ],
  [
    'output-script-unknown',
    'a P2PKH output',
    holding((s) =>
      pay([s.coin(0)], [out(COIN, Uint8Array.of(0x76, 0xa9, 0x14, ...new Uint8Array(20), 0x88, 0xac))]),
    ),
  ],
  [
    'output-script-unknown',
    'a Taproot output',
    holding((s) => pay([s.coin(0)], [out(COIN, Uint8Array.of(0x51, 0x20, ...new Uint8Array(32)))])),
  ],
  ['input-repeated', 'one coin twice', holding((s) => pay([s.coin(0), s.coin(0)], [out(COIN)]))],
  [
    'prevout-null',
    'a null prevout beside another',
    holding((s) =>
      pay([s.coin(0), { ...s.coin(1), outPoint: { txid: ZERO_HASH, vout: 0xffff_ffff } }], [out(COIN)]),
    ),
  ],
  [
    'script-sig-not-empty',
    'a scriptSig',
    holding((s) => editInput(pay([s.coin(0)], [out(COIN)]), { scriptSig: Uint8Array.of(0) })),
  ],

  // Transactions against the chain.
  [
    'input-missing-or-spent',
    'a coin spent twice in a block',
    holding((s) => [pay([s.coin(0)], [out(COIN)]), pay([s.coin(0)], [out(2 * COIN)])]),
  ],
  [
    'input-missing-or-spent',
    'a child before its parent',
    holding((s) => {
      const parent = pay([s.coin(0)], [out(2 * COIN)])
      const child = pay(
        [{ outPoint: { txid: parent.txid, vout: 0 }, coin: out(2 * COIN), key: ALICE }],
        [out(COIN)],
      )
      return [child, parent]
    }),
  ],
  ['coinbase-immature', 'a coinbase spent one block early', holding((s) => pay([s.coin(11)], [out(COIN)]))],
  ['outputs-exceed-inputs', 'a unit too much', holding((s) => pay([s.coin(0)], [out(50 * COIN + 1)]))],
  [
    'transaction-not-final',
    'a lock at this height',
    holding((s) => pay([s.coin(0)], [out(COIN)], { lockTime: 21 })),
  ],
  [
    'transaction-not-final',
    'a lock at the median time',
    holding((s) => pay([s.coin(0)], [out(COIN)], { lockTime: s.chain.tip().medianTimePast })),
  ],
  [
    'sequence-lock-unmet',
    'a relative lock of 21 blocks on a coin of height 1',
    holding((s) => pay([{ ...s.coin(0), sequence: 21 }], [out(COIN)])),
  ],
  [
    'sequence-lock-unmet',
    'a relative lock of 512 seconds',
    holding((s) => pay([{ ...s.coin(0), sequence: (1 << 22) | 1 }], [out(COIN)])),
  ],

  // Witnesses.
  [
    'witness-stack-size-wrong',
    'no witness',
    holding((s) => editInput(pay([s.coin(0)], [out(COIN)]), { witness: [] })),
  ],
  [
    'witness-program-mismatch',
    "another key's signature",
    holding((s) => pay([{ ...s.coin(0), key: ALICE }], [out(COIN)])),
  ],
  [
    'signature-encoding-wrong',
    'a signature cut short',
    holding((s) => {
      const tx = pay([s.coin(0)], [out(COIN)])
      const [signature, key] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
      return editInput(tx, { witness: [signature.subarray(1), key] })
    }),
  ],
  [
    'signature-hash-type-unknown',
    'hash type 4',
    holding((s) => {
      const tx = pay([s.coin(0)], [out(COIN)])
      const [signature, key] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
      return editInput(tx, { witness: [concatBytes(signature.subarray(0, -1), Uint8Array.of(4)), key] })
    }),
  ],
  [
    'signature-invalid',
    'a signature over another amount',
    holding((s) => pay([{ ...s.coin(0), coin: { value: COIN } }], [out(COIN)])),
  ],
  [
    'signature-s-too-high',
    'the other s',
    holding((s) =>
      editInput(pay([s.coin(0)], [out(COIN)]), { witness: highS(pay([s.coin(0)], [out(COIN)])) }),
    ),
  ],
]

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The witness of the transaction's first input with s replaced by the order minus s. */
function highS(tx: Transaction): Uint8Array[] {
  const [item, key] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
  const rEnd = 4 + item[3]!
  const s = item.subarray(rEnd + 2, rEnd + 2 + item[rEnd + 1]!)
  const value = BigInt(`0x${[...s].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
  const digits = (ORDER - value).toString(16).padStart(64, '0')
  const high = Uint8Array.from([0, ...digits.match(/../g)!.map((byte) => Number.parseInt(byte, 16))])
  const der = concatBytes(item.subarray(0, rEnd), Uint8Array.of(2, 33), high, item.subarray(-1))
  der[1] = der.length - 3
  return [der, key]
}

describe('a block that breaks one rule is refused with that rule’s code, and the chain stays', () => {
  it.each(CASES.map(([code, what, make]) => ({ code, what, make })))(
    '$code: $what',
    async ({ code, make }) => {
      const s = await stage()
      const tip = s.chain.tip()
      const before = await s.chain.coinStatistics()
      const refused = await s.chain.acceptBlock(make(s))
      expect(refused).toMatchObject({ ok: false, error: { kind: 'rule', code } })
      expect(s.chain.tip()).toBe(tip)
      expect(await s.chain.coinStatistics()).toEqual(before)
      // The honest next block still connects.
      expect(await s.chain.acceptBlock(s.build({ tag: 'honest' }))).toMatchObject({
        ok: true,
        value: { connected: true },
      })
    },
  )

  it('block-weight-exceeded: a block above 4,000,000', async () => {
    const s = await stage()
    const filler = (length: number) => ({
      value: 0,
      scriptPubKey: concatBytes(Uint8Array.of(0x6a), new Uint8Array(length)),
    })
    const big = pay([s.coin(0)], [filler(999_000)])
    const fits = s.build({ transactions: [big] })
    expect(fits.weight).toBeLessThanOrEqual(4_000_000)
    const above = s.build({ transactions: [big, pay([s.coin(1)], [filler(1_000)])] })
    expect(await s.chain.acceptBlock(above)).toMatchObject({ error: { code: 'block-weight-exceeded' } })
    expect(await s.chain.acceptBlock(fits)).toMatchObject({ ok: true })
  })

  it('transaction-weight-exceeded: a transaction that no block could hold', async () => {
    const s = await stage()
    const script = concatBytes(Uint8Array.of(0x6a), new Uint8Array(1_000_000))
    expect(checkTransaction(pay([s.coin(0)], [out(0, script)]))).toMatchObject({
      error: { code: 'transaction-weight-exceeded' },
    })
  })

  it('witness-script-unsupported: a P2WSH output can be made but not spent yet', async () => {
    const s = await stage()
    const script = p2wshScript(new Uint8Array(32).fill(7))
    const made = pay([s.coin(0)], [out(COIN, script)])
    await s.mine({ transactions: [made] })
    const spend = pay([{ outPoint: { txid: made.txid, vout: 0 }, coin: out(COIN), key: ALICE }], [out(1_000)])
    expect(await s.chain.acceptBlock(s.build({ transactions: [spend] }))).toMatchObject({
      error: { code: 'witness-script-unsupported' },
    })
  })

  it('parent-invalid: nothing is built on an invalid block', async () => {
    const s = await stage()
    const invalid = s.build({ fees: 1 })
    await s.chain.acceptBlock(invalid)
    const child = buildWith(
      s.chain,
      { ...s.chain.tip(), hash: invalid.hash, height: 21, medianTimePast: invalid.header.time },
      invalid.transactions,
      { bits: DEV.initialBits },
    )
    expect(await s.chain.acceptBlock(child)).toMatchObject({ error: { code: 'parent-invalid' } })
  })

  it('time-too-new is not for ever: the same block is taken when its time has come', async () => {
    const s = await stage()
    const early = remined((_, { clock }) => ({
      time: Math.floor(clock.now() / SECOND) + DEV.futureLimit + 60,
    }))(s)
    expect(await s.chain.acceptBlock(early)).toMatchObject({ error: { code: 'time-too-new' } })
    await s.clock.advance(60 * SECOND)
    expect(await s.chain.acceptBlock(early)).toMatchObject({ ok: true, value: { connected: true } })
  })
})

describe('the list of rules', () => {
  it('has a sentence and a source for each', () => {
    for (const rule of Object.values(RULES)) {
      expect(rule.sentence).toMatch(/^[A-Z].*\.$/)
      expect(rule.source).not.toBe('')
    }
  })
})

describe('block bytes', () => {
  it('decode to the same block, and no proper prefix of them decodes', async () => {
    const s = await stage()
    const block = s.build({ transactions: [pay([s.coin(0)], [out(COIN)])] })
    const decoded = decodeBlock(block.bytes)
    expect(decoded).toMatchObject({ ok: true, value: { hash: block.hash, weight: block.weight } })
    for (let length = 0; length < block.bytes.length; length++)
      expect(decodeBlock(block.bytes.subarray(0, length)).ok).toBe(false)
    expect(decodeBlock(concatBytes(block.bytes, Uint8Array.of(0))).ok).toBe(false)
    expect(encodeHeader(block.header)).toEqual(block.bytes.slice(0, 80))
  })
})

describe('the subsidy', () => {
  it('halves every `halving` blocks and ends', () => {
    expect(blockSubsidy(149, DEV)).toBe(50 * COIN)
    expect(blockSubsidy(150, DEV)).toBe(25 * COIN)
    expect(blockSubsidy(150 * 33, DEV)).toBe(0)
    expect(blockSubsidy(150 * 2000, DEV)).toBe(0)
  })
})
