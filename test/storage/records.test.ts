import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COIN, MAX_MONEY } from '../../src/primitives/money.ts'
import { decodeCoin, decodeUndo, encodeCoin, encodeUndo } from '../../src/storage/coin-records.ts'
import { crc32 } from '../../src/storage/crc32.ts'
import { decodeHeaderRecord, encodeHeaderRecord } from '../../src/storage/header-records.ts'
import { addressPrefix, prefixRange } from '../../src/storage/keyspace.ts'
import { DEV } from '../support/test-chain.ts'

const coins = fc.record({
  value: fc.nat(MAX_MONEY),
  scriptPubKey: fc.uint8Array({ maxLength: 40 }),
  height: fc.nat(2 ** 32 - 1),
  coinbase: fc.boolean(),
})

describe('records', () => {
  it('give back the coins and undo data that were put in', () => {
    fc.assert(fc.property(coins, (coin) => void expect(decodeCoin(encodeCoin(coin))).toEqual(coin)))
    fc.assert(fc.property(fc.array(coins), (undo) => void expect(decodeUndo(encodeUndo(undo))).toEqual(undo)))
  })

  it('give back headers with their place and flags', () => {
    const record = {
      header: DEV.genesis.header,
      height: 70_000,
      lost: 2 ** 40,
      latest: 2 ** 32 - 1,
      hasBody: true,
      invalid: false,
      valid: true,
      pruned: false,
    }
    expect(decodeHeaderRecord(encodeHeaderRecord(record))).toEqual(record)
  })

  it('take at most 40 bytes for a usual coin', () => {
    const coin = { value: 12 * COIN, scriptPubKey: new Uint8Array(22), height: 900_000, coinbase: false }
    expect(encodeCoin(coin).length).toBeLessThanOrEqual(40)
  })

  it('refuse whatever else they are given as damaged', () => {
    const refuses = (read: (bytes: Uint8Array) => unknown, bytes: Uint8Array) => {
      try {
        read(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'record-damaged' })
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        for (const read of [decodeCoin, decodeUndo, decodeHeaderRecord]) refuses(read, bytes)
      }),
    )
  })
})

describe('CRC-32', () => {
  it('is zlib’s, in one piece and in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlibCrc32(bytes))
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes))
      }),
    )
  })
})

describe('keys', () => {
  it('keep the coins of one script apart from those of a script that continues it', () => {
    const { gte, lt } = prefixRange(addressPrefix(Uint8Array.of(1, 0xff)))
    const longer = addressPrefix(Uint8Array.of(1, 0xff, 0))
    expect(Buffer.compare(longer, gte) >= 0 && Buffer.compare(longer, lt) < 0).toBe(false)
  })
})
