import { Transaction as BtcTransaction, RawTx } from '@scure/btc-signer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import type { DecodeErrorCode } from '../../src/base/reader.ts'
import {
  decodeTransaction,
  encodeTransaction,
  isCoinbase,
  makeTransaction,
  outputSize,
  type Transaction,
  virtualSize,
} from '../../src/primitives/transaction.ts'
import {
  anyTransaction,
  BIP143_SIGNED,
  BIP143_UNSIGNED,
  DECODE_ERRORS,
  damaged,
  GENESIS,
  hex,
} from './support.ts'

function decoded(bytes: Uint8Array): Transaction {
  const result = decodeTransaction(bytes)
  if (!result.ok) throw result.error
  return result.value
}
const refusal = (bytes: Uint8Array): DecodeErrorCode | undefined => {
  const result = decodeTransaction(bytes)
  return result.ok ? undefined : result.error.code
}

describe('transaction', () => {
  it("decodes Bitcoin's first coinbase", () => {
    const tx = decoded(GENESIS.coinbase)
    expect(tx).toMatchObject({
      version: 1,
      lockTime: 0,
      txid: GENESIS.merkleRoot,
      wtxid: GENESIS.merkleRoot,
      weight: 4 * 204,
    })
    expect(isCoinbase(tx)).toBe(true)
    expect(tx.outputs[0]).toMatchObject({ value: 5_000_000_000 })
    expect(new TextDecoder().decode(tx.inputs[0]!.scriptSig)).toContain(
      'Chancellor on brink of second bailout',
    )
  })

  it("decodes the transactions of BIP143's first example", () => {
    const unsigned = decoded(BIP143_UNSIGNED)
    const signed = decoded(BIP143_SIGNED)
    expect(unsigned).toMatchObject({ version: 1, lockTime: 17 })
    expect(isCoinbase(signed)).toBe(false)
    expect(signed.inputs.map(({ witness }) => witness.map((item) => item.length))).toEqual([[], [71, 33]])
    expect(signed.outputs).toEqual(unsigned.outputs)
    expect(signed.inputs.map(({ prevout, sequence }) => ({ prevout, sequence }))).toEqual(
      unsigned.inputs.map(({ prevout, sequence }) => ({ prevout, sequence })),
    )
    expect(signed.inputs[1]).toMatchObject({
      prevout: { txid: '8ac60eb9575db5b2d987e29f301b5b819ea83a5c6579d282d189cc04b8e151ef', vout: 1 },
      sequence: 0xffff_ffff,
    })
    expect(toHex(encodeTransaction(signed))).toBe(toHex(BIP143_SIGNED))
    expect(signed.wtxid).not.toBe(signed.txid)
    // BIP141: the witness, with marker and flag, counts once, all else four times
    const witnessBytes = 2 + 1 + 1 + (1 + 71) + (1 + 33)
    expect(signed.weight).toBe(4 * (BIP143_SIGNED.length - witnessBytes) + witnessBytes)
    expect(signed.baseSize).toBe(BIP143_SIGNED.length - witnessBytes)
    expect(virtualSize(signed.weight)).toBe(Math.ceil(signed.weight / 4))
  })

  it('has the txid of the same transaction without its witness', () => {
    const { txid, wtxid } = decoded(BIP143_SIGNED)
    const base = decoded(encodeTransaction(decoded(BIP143_SIGNED), { witness: false }))
    expect([base.txid, base.wtxid]).toEqual([txid, txid])
    expect(wtxid).not.toBe(txid)
  })

  it('is undone by decoding it, whatever its fields', () => {
    fc.assert(
      fc.property(anyTransaction, (fields) => {
        const tx = makeTransaction(fields)
        expect(decodeTransaction(tx.bytes)).toEqual({ ok: true, value: tx })
      }),
    )
  })

  it('has the bytes, ids and weight that @scure/btc-signer computes', () => {
    const options = { allowUnknownOutputs: true, disableScriptCheck: true }
    fc.assert(
      fc.property(anyTransaction, (fields) => {
        // what that library takes for a finished transaction: no input is empty
        const inputs = fields.inputs.map((input) => ({
          ...input,
          scriptSig: Uint8Array.of(1, ...input.scriptSig),
        }))
        const tx = makeTransaction({ ...fields, version: 2, inputs })
        expect(RawTx.encode(RawTx.decode(tx.bytes))).toEqual(tx.bytes)
        const other = BtcTransaction.fromRaw(tx.bytes, options)
        expect([other.id, other.weight]).toEqual([tx.txid, tx.weight])
      }),
    )
  })

  it('has one encoding: damaged bytes are refused, or encode to the same bytes', () => {
    const valid = anyTransaction.map((fields) => makeTransaction(fields).bytes)
    fc.assert(
      fc.property(fc.oneof(damaged(valid), damaged(fc.constant(BIP143_SIGNED)), fc.uint8Array()), (bytes) => {
        const result = decodeTransaction(bytes)
        if (result.ok) expect(toHex(encodeTransaction(result.value))).toBe(toHex(bytes))
        else expect(DECODE_ERRORS).toContain(result.error.code)
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused where it is cut off anywhere, or goes on', () => {
    for (const bytes of [GENESIS.coinbase, BIP143_SIGNED]) {
      for (let length = 0; length < bytes.length; length++)
        expect(refusal(bytes.subarray(0, length))).toBe('truncated')
      expect(refusal(new Uint8Array([...bytes, 0]))).toBe('trailing-bytes')
    }
  })

  it.each([
    ['without inputs', '02000000 00 00 00000000', 'malformed'],
    ['with an unknown flag', '02000000 00 02 01 00', 'malformed'],
    [
      'with a flag but no witness',
      `02000000 00 01 01 ${'11'.repeat(32)} 00000000 00 ffffffff 00 00 00000000`,
      'malformed',
    ],
    ['with a flag but no inputs', `02000000 00 01 00 01 0000000000000000 00 00000000`, 'malformed'],
    [
      'with a count that is not in its shortest form',
      `02000000 fd0100 ${'11'.repeat(32)} 00000000 00 ffffffff 00 00000000`,
      'non-canonical',
    ],
    [
      'with a value above 2^53',
      `02000000 01 ${'11'.repeat(32)} 00000000 00 ffffffff 01 0000000000002000 00 00000000`,
      'over-limit',
    ],
    ['with more inputs than bytes', '02000000 fe00093d00 00', 'truncated'],
    ['with billions of inputs', '02000000 feffffffff 00', 'over-limit'],
    [
      'with a script longer than a block',
      `02000000 01 ${'11'.repeat(32)} 00000000 fe01093d00${'00'.repeat(40)}`,
      'over-limit',
    ],
  ])('is refused %s', (_, text, code) => {
    expect(refusal(hex(text))).toBe(code)
  })

  it('is a coinbase only with a single input that spends nothing', () => {
    const input = { scriptSig: new Uint8Array(), sequence: 0, witness: [] }
    const nothing = { txid: '0'.repeat(64) as never, vout: 0xffff_ffff }
    const of = (...prevouts: { txid: never; vout: number }[]) =>
      isCoinbase({
        version: 2,
        lockTime: 0,
        outputs: [],
        inputs: prevouts.map((prevout) => ({ ...input, prevout })),
      })
    expect(of(nothing)).toBe(true)
    expect(of(nothing, nothing)).toBe(false)
    expect(of({ ...nothing, vout: 0 })).toBe(false)
    expect(of({ ...nothing, txid: `1${'0'.repeat(63)}` as never })).toBe(false)
  })

  it('has outputs of the size that they take', () => {
    for (const length of [0, 22, 34, 252, 253, 70_000]) {
      const output = { value: 1, scriptPubKey: new Uint8Array(length) }
      const size = (outputs: (typeof output)[]) =>
        encodeTransaction({ version: 2, lockTime: 0, inputs: [], outputs }).length
      expect(size([output]) - size([])).toBe(outputSize(output))
    }
  })
})
