import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { decodeBlock, makeBlock } from '../../src/primitives/block.ts'
import { hashIdBytes, toHashId } from '../../src/primitives/hash.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { merkleRoot } from '../../src/primitives/merkle.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { anyHeader, anyTransaction, damaged, GENESIS } from './support.ts'

const anyBlock = fc
  .tuple(anyHeader, fc.array(anyTransaction, { maxLength: 4 }))
  .map(([header, transactions]) => makeBlock(makeHeader(header), transactions.map(makeTransaction)))

describe('block', () => {
  const genesis = concatBytes(GENESIS.header, Uint8Array.of(1), GENESIS.coinbase)

  it("decodes Bitcoin's genesis block", () => {
    const result = decodeBlock(genesis)
    if (!result.ok) throw result.error
    const { hash, transactions, weight, bytes } = result.value
    expect(hash).toBe(GENESIS.hash)
    expect(transactions).toHaveLength(1)
    expect(toHashId(merkleRoot(transactions.map(({ txid }) => hashIdBytes(txid))).root)).toBe(
      GENESIS.merkleRoot,
    )
    expect(bytes.length).toBe(285)
    expect(weight).toBe(4 * 285)
  })

  it('is undone by decoding it, whatever is in it', () => {
    fc.assert(
      fc.property(anyBlock, (block) => {
        expect(decodeBlock(block.bytes)).toEqual({ ok: true, value: block })
      }),
    )
  })

  it('weighs three times its bytes without witnesses, plus its bytes with them (BIP141)', () => {
    fc.assert(
      fc.property(anyBlock, ({ header, transactions, bytes, weight }) => {
        const bare = transactions.map((tx) =>
          makeTransaction({ ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness: [] })) }),
        )
        expect(weight).toBe(3 * makeBlock(header, bare).bytes.length + bytes.length)
      }),
    )
  })

  it('has one encoding: whatever decodes, encodes to the same bytes', () => {
    fc.assert(
      fc.property(damaged(anyBlock.map(({ bytes }) => bytes)), (bytes) => {
        const result = decodeBlock(bytes)
        if (!result.ok) return
        const { header, transactions } = result.value
        const again = transactions.map(makeTransaction)
        expect(toHex(makeBlock(header, again).bytes)).toBe(toHex(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('is refused where it is cut off anywhere, or goes on', () => {
    for (let length = 0; length < genesis.length; length++)
      expect(decodeBlock(genesis.subarray(0, length))).toMatchObject({ error: { code: 'truncated' } })
    expect(decodeBlock(concatBytes(genesis, Uint8Array.of(0)))).toMatchObject({
      error: { code: 'trailing-bytes' },
    })
  })

  it('is refused at once where it claims more transactions than its bytes can hold', () => {
    const many = concatBytes(GENESIS.header, Uint8Array.of(0xfe, 0, 0, 1, 0), GENESIS.coinbase)
    expect(decodeBlock(many)).toMatchObject({ error: { code: 'truncated' } })
  })
})
