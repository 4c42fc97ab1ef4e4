import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { checkTransaction } from '../../src/consensus/check-transaction.ts'
import { RULES } from '../../src/consensus/rules.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { ZERO_HASH } from '../../src/primitives/hash.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import { COIN, MAX_MONEY } from '../../src/primitives/money.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { p2wshScript } from '../../src/script/templates.ts'
import {
  ALICE,
  type BadBlock,
  edit,
  editInput,
  FORGED_BLOCKS,
  holding,
  ORPHAN,
  out,
  remined,
  SECOND,
  stage,
  withBody,
  withHeader,
} from '../support/bad-blocks.ts'
import { buildCoinbase, buildWith } from '../support/block-builder.ts'
import { pay } from '../support/key.ts'
import { DEV, MINER } from '../support/test-chain.ts'

const CASES: readonly BadBlock[] = [
  ...FORGED_BLOCKS,
  ORPHAN,

  ['target-out-of-range', 'bits above the limit', withHeader(() => ({ bits: 0x217fffff }))],
  ['target-out-of-range', 'negative bits', withHeader(() => ({ bits: 0x20ffffff }))],

  // Tampered bodies.
  ['merkle-root-mismatch', 'a transaction left out', withBody(([c, a]) => [c!, a!])],
  ['merkle-tree-mutated', 'the last one repeated', withBody(([c, a, b]) => [c!, a!, b!, b!])],
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
