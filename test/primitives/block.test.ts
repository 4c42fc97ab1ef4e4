import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { createBlockDecoder, decodeBlock, makeBlock } from '../../src/primitives/block.ts'
import { hashIdsBytes, toHashId, ZERO_HASH } from '../../src/primitives/hash.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { merkleRoot } from '../../src/primitives/merkle.ts'
import { NULL_OUTPOINT } from '../../src/primitives/outpoint.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { anyHeader, anyTransaction, DECODE_ERRORS, damaged, GENESIS } from './support.ts'

const anyBlock = fc
  .tuple(anyHeader, fc.array(anyTransaction, { maxLength: 4 }))
  .map(([header, transactions]) => makeBlock(makeHeader(header), transactions.map(makeTransaction)))

const EMPTY_HEADER = { version: 1, previous: ZERO_HASH, merkleRoot: ZERO_HASH, time: 0, bits: 0, nonce: 0 }

describe('block', () => {
  const genesis = concatBytes(GENESIS.header, Uint8Array.of(1), GENESIS.coinbase)

  it("decodes Bitcoin's genesis block", () => {
    const result = decodeBlock(genesis)
    if (!result.ok) throw result.error
    const { hash, transactions, weight, bytes } = result.value
    expect(hash).toBe(GENESIS.hash)
    expect(transactions).toHaveLength(1)
    expect(toHashId(merkleRoot(hashIdsBytes(transactions.map(({ txid }) => txid))).root)).toBe(
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

  it('has one encoding: damaged bytes are refused, or encode to the same bytes', () => {
    fc.assert(
      fc.property(damaged(anyBlock.map(({ bytes }) => bytes)), (bytes) => {
        const result = decodeBlock(bytes)
        if (!result.ok) {
          expect(DECODE_ERRORS).toContain(result.error.code)
          return
        }
        const { header, transactions } = result.value
        const again = transactions.map(makeTransaction)
        expect(toHex(makeBlock(header, again).bytes)).toBe(toHex(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same, or refused for the same reason, in however small steps it is decoded', () => {
    const maybeDamaged = fc.boolean().chain((spoil) => {
      const bytes = anyBlock.map((block) => block.bytes)
      return spoil ? damaged(bytes) : bytes
    })
    fc.assert(
      fc.property(maybeDamaged, fc.integer({ min: 1, max: 300 }), (bytes, slice) => {
        const decoder = createBlockDecoder(bytes)
        let steps = 1
        while (!decoder.step(slice)) steps++
        expect(decoder.result()).toEqual(decodeBlock(bytes))
        expect(steps).toBeLessThanOrEqual(1 + bytes.length / slice)
      }),
    )
  })

  it('is not decoded further than it was asked to be, not even within a transaction', () => {
    const witness = Array.from({ length: 3_000 }, () => Uint8Array.of(7))
    const input = { prevout: NULL_OUTPOINT, scriptSig: new Uint8Array(), sequence: 0, witness }
    const tx = makeTransaction({ version: 2, lockTime: 0, inputs: [input], outputs: [] })
    const block = makeBlock(makeHeader(EMPTY_HEADER), [tx, tx])
    const decoder = createBlockDecoder(block.bytes)
    for (let steps = 1; steps < 12; steps++) expect(decoder.step(1_000)).toBe(false)
    expect(() => decoder.result()).toThrow('read to its end')
    while (!decoder.step(1_000));
    expect(decoder.result()).toEqual({ ok: true, value: block })
    expect(decoder.step(1_000)).toBe(true)
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
