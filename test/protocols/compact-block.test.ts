import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompactBlock,
  createShortIds,
  decodeCompactBlock,
  encodeCompactBlock,
} from '../../protocols/compact-block.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { makeBlock } from '../../src/primitives/block.ts'
import { type Txid, toHashId, type Wtxid } from '../../src/primitives/hash.ts'
import { decodeHeader, encodeHeader } from '../../src/primitives/header.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { blockHeader, bytesOf, damaged } from '../support/arbitrary.ts'
import { DEV } from '../support/test-chain.ts'

interface Vectors {
  readonly shortIds: {
    readonly header: string
    readonly nonce: string
    readonly ids: readonly { readonly wtxid: Wtxid; readonly short: string }[]
  }
  readonly encoded: readonly {
    readonly name: string
    readonly hex: string
    readonly value: {
      readonly header: string
      readonly nonce: string
      readonly shortIds: readonly string[]
      readonly prefilled: readonly { readonly index: number; readonly transaction: string }[]
    }
  }[]
  readonly refused: readonly { readonly name: string; readonly hex: string; readonly fault: string }[]
}

const file = new URL('../../protocols/gossip/vectors.json', import.meta.url)
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { compactBlocks: Vectors }).compactBlocks

const asVector = ({ header, nonce, shortIds, prefilled }: CompactBlock) => ({
  header: toHex(encodeHeader(header)),
  nonce: toHex(nonce),
  shortIds: shortIds.map((id) => id.toString(16).padStart(12, '0')),
  prefilled: prefilled.map(({ index, transaction }) => ({ index, transaction: toHex(transaction.bytes) })),
})

const transaction = bytesOf(32).map((bytes) =>
  makeTransaction({
    version: 2,
    inputs: [
      { prevout: { txid: toHashId<Txid>(bytes), vout: 0 }, scriptSig: bytes, sequence: 1, witness: [] },
    ],
    outputs: [{ value: 1, scriptPubKey: bytes }],
    lockTime: 0,
  }),
)
const block = fc
  .tuple(blockHeader, fc.array(transaction, { minLength: 1, maxLength: 300, size: 'max' }))
  .map(([header, transactions]) => makeBlock(header, transactions))

describe('compact block', () => {
  it('agrees with the vectors', () => {
    for (const { name, hex, value } of vectors.encoded) {
      const decoded = decodeCompactBlock(fromHex(hex)!)
      expect(decoded.ok && asVector(decoded.value), name).toEqual(value)
    }
    for (const { name, hex, fault } of vectors.refused)
      expect(decodeCompactBlock(fromHex(hex)!), name).toMatchObject({ ok: false, error: { code: fault } })
  })

  it('names transactions by the short ids of the vectors', () => {
    const header = decodeHeader(fromHex(vectors.shortIds.header)!)
    if (!header.ok) throw header.error
    const shortIdOf = createShortIds(header.value, fromHex(vectors.shortIds.nonce)!)
    for (const { wtxid, short } of vectors.shortIds.ids)
      expect(shortIdOf(wtxid).toString(16).padStart(12, '0')).toBe(short)
  })

  it('names each transaction of a block in order, with the coinbase in it', () => {
    fc.assert(
      fc.property(block, bytesOf(8), (whole, nonce) => {
        const decoded = decodeCompactBlock(encodeCompactBlock(whole, nonce))
        if (!decoded.ok) throw decoded.error
        const shortIdOf = createShortIds(whole.header, nonce)
        expect(decoded.value.header).toEqual(whole.header)
        expect(decoded.value.nonce).toEqual(nonce)
        expect(decoded.value.shortIds).toEqual(
          whole.transactions.slice(1).map(({ wtxid }) => shortIdOf(wtxid)),
        )
        const [coinbase] = whole.transactions
        expect(decoded.value.prefilled).toMatchObject([{ index: 0, transaction: { wtxid: coinbase!.wtxid } }])
      }),
      { numRuns: 50 },
    )
  })

  it('gives a transaction another short id under each nonce', () => {
    const wtxid = toHashId<Wtxid>(new Uint8Array(32))
    const ids = Array.from({ length: 200 }, (_, i) =>
      createShortIds(DEV.genesis.header, new Uint8Array(8).fill(i))(wtxid),
    )
    expect(new Set(ids).size).toBe(200)
    for (const id of ids) expect(id).toBeLessThan(2 ** 48)
  })

  it('refuses noise and damage without throwing', () => {
    const encoded = fc.tuple(block, bytesOf(8)).map(([whole, nonce]) => encodeCompactBlock(whole, nonce))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), damaged(encoded)), (bytes) => {
        const decoded = decodeCompactBlock(bytes)
        if (!decoded.ok) return
        const { shortIds, prefilled } = decoded.value
        expect(prefilled[0]?.index).toBe(0)
        expect(prefilled.at(-1)!.index).toBeLessThan(shortIds.length + prefilled.length)
      }),
      { numRuns: 300 },
    )
  })
})
