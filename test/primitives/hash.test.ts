import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import {
  type BlockHash,
  HASH_ENGINE,
  hash160,
  hashIdBytes,
  hashIdsBytes,
  parseHashId,
  sha256,
  sha256d,
  type Txid,
  toHashId,
  writeHashId,
} from '../../src/primitives/hash.ts'
import {
  isNullOutPoint,
  NULL_OUTPOINT,
  outPointKey,
  parseOutPointKey,
} from '../../src/primitives/outpoint.ts'
import { GENESIS, hex } from './support.ts'

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
const text = (of: string) => new TextEncoder().encode(of)

describe('hashes', () => {
  it('are computed in WebAssembly by the engine that runs this', () => {
    expect(HASH_ENGINE).toBe('wasm-simd')
  })

  it('are SHA-256 of FIPS 180-4, its double, and RIPEMD-160 of it', () => {
    expect(toHex(sha256(text('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(toHex(sha256d(text('hello')))).toBe(
      '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
    )
    // the key hash of BIP143's first example
    const publicKey = hex('025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357')
    expect(toHex(hash160(publicKey))).toBe('1d0f172a0ecb48aee1be1f2687d2963ae33f71a1')
  })

  it('do not depend on how the bytes are cut into parts', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, n) => {
        const at = n % (bytes.length + 1)
        expect(sha256d(bytes.subarray(0, at), bytes.subarray(at))).toEqual(sha256d(bytes))
      }),
    )
  })
})

describe('ids', () => {
  it('show a digest backwards', () => {
    expect(toHashId(sha256d(GENESIS.header))).toBe(GENESIS.hash)
  })

  it('are undone by writing them, wherever they are read from and written to', () => {
    fc.assert(
      fc.property(digest, fc.integer({ min: 0, max: 5 }), (bytes, offset) => {
        const room = new Uint8Array(40)
        room.set(bytes, offset)
        const id = toHashId<Txid>(room, offset)
        expect(hashIdBytes(id)).toEqual(bytes)
        const out = new Uint8Array(40)
        writeHashId(id, out, offset)
        expect(out).toEqual(room)
      }),
    )
  })

  it('are written one after the other', () => {
    fc.assert(
      fc.property(fc.array(digest), (digests) => {
        expect(hashIdsBytes(digests.map((bytes) => toHashId<Txid>(bytes)))).toEqual(concatBytes(...digests))
      }),
    )
  })

  it('are read from 64 hex digits in either case, and from nothing else', () => {
    expect(parseHashId(GENESIS.hash.toUpperCase())).toBe(GENESIS.hash)
    for (const wrong of [
      '',
      GENESIS.hash.slice(1),
      `${GENESIS.hash}0`,
      `g${GENESIS.hash.slice(1)}`,
      ` ${GENESIS.hash}`,
    ])
      expect(parseHashId(wrong)).toBeUndefined()
  })
})

describe('outpoints', () => {
  it('are undone by reading their key', () => {
    fc.assert(
      fc.property(digest, fc.integer({ min: 0, max: 0xffff_ffff }), (bytes, vout) => {
        const outPoint = { txid: toHashId<Txid>(bytes), vout }
        expect(parseOutPointKey(outPointKey(outPoint))).toEqual(outPoint)
      }),
    )
  })

  it('are null only with both halves', () => {
    expect(isNullOutPoint(NULL_OUTPOINT)).toBe(true)
    expect(isNullOutPoint({ ...NULL_OUTPOINT, vout: 0 })).toBe(false)
    expect(isNullOutPoint({ ...NULL_OUTPOINT, txid: GENESIS.hash as BlockHash & Txid })).toBe(false)
  })
})
