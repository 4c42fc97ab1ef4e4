import fc from 'fast-check'
import { type BlockHash, toHashId } from '../../src/primitives/hash.ts'
import { type BlockHeader, makeHeader } from '../../src/primitives/header.ts'

export const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })

export const blockHash: fc.Arbitrary<BlockHash> = bytesOf(32).map((bytes) => toHashId(bytes))

export const uint32: fc.Arbitrary<number> = fc.nat({ max: 0xffff_ffff })

export const blockHeader: fc.Arbitrary<BlockHeader> = fc
  .record({
    version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    previous: blockHash,
    merkleRoot: bytesOf(32).map((bytes) => toHashId<BlockHeader['merkleRoot']>(bytes)),
    time: uint32,
    bits: uint32,
    nonce: uint32,
  })
  .map(makeHeader)

/** A message with some of its bytes changed, cut off or added: what fuzzing finds sooner than pure noise. */
export const damaged = (message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      message,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
      fc.nat(),
      fc.uint8Array({ maxLength: 8 }),
    )
    .map(([bytes, changes, cut, tail]) => {
      const out = Uint8Array.from([...bytes.subarray(0, bytes.length - (cut % 3)), ...tail])
      for (const [at, value] of changes) if (out.length > 0) out[at % out.length] = value
      return out
    })
