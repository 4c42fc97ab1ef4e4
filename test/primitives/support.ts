import fc from 'fast-check'
import { fromHex } from '../../src/base/bytes.ts'
import type { DecodeErrorCode } from '../../src/base/reader.ts'
import { toHashId } from '../../src/primitives/hash.ts'
import type { HeaderFields } from '../../src/primitives/header.ts'
import type { TransactionFields } from '../../src/primitives/transaction.ts'

export const hex = (text: string): Uint8Array => fromHex(text.replaceAll(/\s/g, ''))!

/** Bitcoin's first block, from Bitcoin Core's chainparams. */
export const GENESIS = {
  hash: '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
  merkleRoot: '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b',
  header: hex(`
    01000000 0000000000000000000000000000000000000000000000000000000000000000
    3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a 29ab5f49 ffff001d 1dac2b7c`),
  coinbase: hex(`
    01000000 01 0000000000000000000000000000000000000000000000000000000000000000 ffffffff
    4d 04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20627269
       6e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73 ffffffff
    01 00f2052a01000000
    43 4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51e
       c112de5c384df7ba0b8d578a4c702b6bf11d5fac 00000000`),
} as const

/** The signed transaction of BIP143's first example: an input of P2PK, one of P2WPKH. */
export const BIP143_SIGNED = hex(`
  01000000 00 01 02
  fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f 00000000
  49 4830450221008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a
     99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01 eeffffff
  ef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a 01000000 00 ffffffff
  02 202cb20600000000 1976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac
     9093510d00000000 1976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac
  00
  02 47 304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f
        90300e8f3358f51928d43c212a8caed02de67eebee01
     21 025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357
  11000000`)

/** The same without signatures, as BIP143 gives it. */
export const BIP143_UNSIGNED = hex(`
  01000000 02
  fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f 00000000 00 eeffffff
  ef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a 01000000 00 ffffffff
  02 202cb20600000000 1976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac
     9093510d00000000 1976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac
  11000000`)

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const hashId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((digest) => toHashId<never>(digest))

export const anyHeader: fc.Arbitrary<HeaderFields> = fc.record({
  version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  previous: hashId,
  merkleRoot: hashId,
  time: u32,
  bits: u32,
  nonce: u32,
})

/** Any transaction that the format can carry, sensible or not; about half of them with a witness. */
export const anyTransaction: fc.Arbitrary<TransactionFields> = fc.record({
  version: u32,
  inputs: fc.boolean().chain((segwit) =>
    fc.array(
      fc.record({
        prevout: fc.record({ txid: hashId, vout: u32 }),
        scriptSig: bytes(20),
        sequence: u32,
        witness: segwit ? fc.array(bytes(40), { maxLength: 3 }) : fc.constant([]),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  ),
  outputs: fc.array(fc.record({ value: fc.maxSafeNat(), scriptPubKey: bytes(40) }), { maxLength: 4 }),
  lockTime: u32,
})

const place = fc.nat({ max: 2 ** 31 - 1 })
const few = fc.integer({ min: 0, max: 40 })

/** One way to spoil bytes; places are taken modulo the length. */
type Damage = (bytes: readonly number[]) => readonly number[]

const damage: fc.Arbitrary<Damage> = fc.oneof(
  // flip a bit
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
    ([at, bit]): Damage =>
      (bytes) =>
        bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << bit) : byte)),
  ),
  // set a byte: often to what begins a CompactSize
  fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 2, 0xfc, 0xfd, 0xfe, 0xff), fc.nat({ max: 255 }))).map(
    ([at, value]): Damage =>
      (bytes) =>
        bytes.map((byte, i) => (i === at % bytes.length ? value : byte)),
  ),
  // truncate
  place.map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  // insert
  fc.tuple(place, fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 9 })).map(
    ([at, more]): Damage =>
      (bytes) =>
        bytes.toSpliced(at % (bytes.length + 1), 0, ...more),
  ),
  // splice: put a stretch of the bytes in the place of another
  fc.tuple(place, few, place, few).map(
    ([from, length, to, removed]): Damage =>
      (bytes) => {
        const start = from % (bytes.length + 1)
        return bytes.toSpliced(to % (bytes.length + 1), removed, ...bytes.slice(start, start + length))
      },
  ),
)

/** Valid bytes with bits flipped, bytes set, cut off, inserted or moved, up to three times over. */
export const damaged = (of: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(of, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([valid, damages]) =>
      Uint8Array.from(damages.reduce<readonly number[]>((bytes, spoil) => spoil(bytes), [...valid])),
    )

export const DECODE_ERRORS: readonly DecodeErrorCode[] = [
  'truncated',
  'trailing-bytes',
  'non-canonical',
  'over-limit',
  'malformed',
]
