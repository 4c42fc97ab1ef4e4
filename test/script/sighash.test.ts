import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { ByteWriter } from '../../src/base/writer.ts'
import { sha256d, type Txid } from '../../src/primitives/hash.ts'
import {
  decodeTransaction,
  type TransactionFields,
  writeOutPoint,
  writeOutput,
} from '../../src/primitives/transaction.ts'
import {
  createSighashCache,
  isKnownHashType,
  p2wpkhSighash,
  SIGHASH_ALL,
  SIGHASH_NONE,
  SIGHASH_SINGLE,
  witnessSighash,
} from '../../src/script/sighash.ts'
import { p2wpkhScriptCode } from '../../src/script/templates.ts'
import { readVectors } from './vector-file.ts'

const hex = (text: string): Uint8Array => fromHex(text)!

describe('BIP143, native P2WPKH example', () => {
  const decoded = decodeTransaction(
    hex(
      '0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffff' +
        'ef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff' +
        '02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac' +
        '9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000',
    ),
  )
  if (!decoded.ok) throw decoded.error
  const cache = createSighashCache(decoded.value)

  it('hashes prevouts, sequences and outputs as the example does', () => {
    const out = new Uint8Array(97)
    const end = cache.putOutputs(out, cache.putSequences(out, cache.putPrevouts(out, 1)))
    expect(end).toBe(97)
    expect(toHex(out)).toBe(
      '00' +
        '96b827c8483d4e9b96712b6713a7b68d6e8003a781feba36c31143470b4efd37' +
        '52b0a642eea2fb7ae638c36f6252b6750293dbe574a806984b8e4d8548339a3b' +
        '863ef3e1a92afbfdb97f31ad0fc7683ee943e9abcf2501590ff8f6551f47e5e5',
    )
  })

  it('gives the example’s digest', () => {
    const code = p2wpkhScriptCode(hex('1d0f172a0ecb48aee1be1f2687d2963ae33f71a1'))
    expect(toHex(witnessSighash(cache, 1, code, 600_000_000, SIGHASH_ALL))).toBe(
      'c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670',
    )
  })

  it('refuses an input that is not there', () => {
    expect(() => witnessSighash(cache, 2, new Uint8Array(0), 0, SIGHASH_ALL)).toThrow(RangeError)
  })
})

describe('BIP143, the other examples', () => {
  const vectors = readVectors('sighash-cases.txt')

  it('are 12 digests with each of the six hash types', () => {
    expect(vectors).toHaveLength(12)
    expect(new Set(vectors.map(({ fields }) => fields[3])).size).toBe(6)
  })

  it.each(vectors.map(({ fields }) => fields))(
    '%#: the digest of the example',
    (bytes, index, value, type, code, digest) => {
      const decoded = decodeTransaction(hex(bytes!))
      if (!decoded.ok) throw decoded.error
      const shared = createSighashCache(decoded.value)
      const hashType = Number.parseInt(type!, 16)
      expect(toHex(witnessSighash(shared, Number(index), hex(code!), Number(value), hashType))).toBe(digest)
    },
  )
})

describe('the digest of a P2WPKH input', () => {
  it('is that of its script code, whatever the transaction', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const u32 = fc.nat({ max: 0xffff_ffff })
    const money = fc.nat({ max: 21e14 })
    const transactions = fc.record({
      version: u32,
      lockTime: u32,
      inputs: fc.array(
        fc.record({
          prevout: fc.record({ txid: bytes(32).map((digest) => toHex(digest) as Txid), vout: u32 }),
          scriptSig: fc.constant(new Uint8Array(0)),
          sequence: fc.oneof(u32, fc.constant(0xffff_fffd)),
          witness: fc.constant([]),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      outputs: fc.array(fc.record({ value: money, scriptPubKey: fc.uint8Array({ maxLength: 300 }) }), {
        maxLength: 4,
      }),
    })
    fc.assert(
      fc.property(
        transactions,
        fc.nat(),
        bytes(20),
        money,
        fc.constantFrom(1, 2, 3, 0x81, 0x82, 0x83),
        (tx, at, keyHash, value, hashType) => {
          const index = at % tx.inputs.length
          const [one, other] = [createSighashCache(tx), createSighashCache(tx)]
          const digest = p2wpkhSighash(one, index, keyHash, value, hashType)
          expect(digest).toEqual(witnessSighash(other, index, p2wpkhScriptCode(keyHash), value, hashType))
          expect(digest).toEqual(sha256d(preimage(tx, index, p2wpkhScriptCode(keyHash), value, hashType)))
        },
      ),
    )
  })
})

/** BIP143's preimage, written as the BIP says it. */
function preimage(
  tx: TransactionFields,
  index: number,
  scriptCode: Uint8Array,
  value: number,
  hashType: number,
): Uint8Array {
  const anyoneCanPay = (hashType & 0x80) !== 0
  const base = hashType & 0x1f
  const zero = new Uint8Array(32)
  const hashed = (write: (writer: ByteWriter) => void): Uint8Array => {
    const writer = new ByteWriter()
    write(writer)
    return sha256d(writer.finish())
  }
  const prevouts = hashed((writer) => {
    for (const { prevout } of tx.inputs) writeOutPoint(writer, prevout)
  })
  const sequences = hashed((writer) => {
    for (const { sequence } of tx.inputs) writer.u32(sequence)
  })
  const signed = base === SIGHASH_SINGLE ? tx.outputs.slice(index, index + 1) : tx.outputs
  const outputs = hashed((writer) => {
    for (const output of signed) writeOutput(writer, output)
  })
  const input = tx.inputs[index]!
  const writer = new ByteWriter().u32(tx.version)
  writer.bytes(anyoneCanPay ? zero : prevouts)
  writer.bytes(anyoneCanPay || base !== SIGHASH_ALL ? zero : sequences)
  writeOutPoint(writer, input.prevout)
  writer.varBytes(scriptCode).u64(value).u32(input.sequence)
  writer.bytes(base === SIGHASH_NONE || (signed.length === 0 && base === SIGHASH_SINGLE) ? zero : outputs)
  return writer.u32(tx.lockTime).u32(hashType).finish()
}

describe('hash types', () => {
  it('are six', () => {
    const known = Array.from({ length: 256 }, (_, type) => type).filter(isKnownHashType)
    expect(known).toEqual([0x01, 0x02, 0x03, 0x81, 0x82, 0x83])
  })
})
