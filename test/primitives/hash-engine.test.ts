import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import type { Ranges } from '../../src/primitives/hash-engine.ts'
import { createHashKernel } from '../../src/primitives/hash-kernel.ts'
import { nobleEngine } from '../../src/primitives/hash-noble.ts'

/** OpenSSL's, in hex. */
function reference(bytes: Uint8Array, twice: boolean): string {
  const once = createHash('sha256').update(bytes).digest()
  return toHex(twice ? createHash('sha256').update(once).digest() : once)
}

/** Bytes that differ everywhere, of any length. */
const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 11)

const KERNEL_INPUT = 16_384
const EDGES = [
  ...Array.from({ length: 301 }, (_, length) => length),
  // where a block ends, with and without room for the padding, and where the kernel's memory does
  ...[512, 1015, 1016, 1024, KERNEL_INPUT, 2 * KERNEL_INPUT, 5 * KERNEL_INPUT].flatMap((at) =>
    [-9, -8, -1, 0, 1, 55, 56, 63, 64].map((step) => at + step),
  ),
]

const parts = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 3 * KERNEL_INPUT }).map(noise)),
  { maxLength: 5 },
)

const source = noise(70_000)
/** A message of up to three ranges of the source; most have less than 1,016 bytes, and are hashed in lanes. */
const message: fc.Arbitrary<Ranges> = fc
  .array(
    fc.tuple(
      fc.nat({ max: 40_000 }),
      fc.oneof(
        { weight: 9, arbitrary: fc.nat({ max: 400 }) },
        { weight: 1, arbitrary: fc.nat({ max: 20_000 }) },
      ),
    ),
    { maxLength: 3 },
  )
  .map((ranges) => ranges.flatMap(([start, length]) => [start, start + length]))

function bytesOf(ranges: Ranges): Uint8Array {
  const pieces = []
  for (let i = 0; i < ranges.length; i += 2) pieces.push(source.subarray(ranges[i], ranges[i + 1]))
  return concatBytes(...pieces)
}

const split = (digests: Uint8Array): string[] =>
  Array.from({ length: digests.length / 32 }, (_, i) => toHex(digests.subarray(32 * i, 32 * i + 32)))

const kernel = createHashKernel()!

describe.each([kernel, nobleEngine])('SHA-256 of the $name engine', (engine) => {
  it('is that of FIPS 180-4, once and twice, for messages of all lengths', () => {
    for (const length of EDGES) {
      const bytes = noise(length)
      expect(toHex(engine.digest([bytes], false)), `${length}`).toBe(reference(bytes, false))
      expect(toHex(engine.digest([bytes], true)), `${length}`).toBe(reference(bytes, true))
    }
  })

  it('does not depend on how a message is cut into parts', () => {
    fc.assert(
      fc.property(parts, fc.boolean(), (message, twice) => {
        expect(toHex(engine.digest(message, twice))).toBe(reference(concatBytes(...message), twice))
      }),
    )
  })

  it('has the RIPEMD-160 of OpenSSL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.nat({ max: 3 * KERNEL_INPUT }).map(noise)), (bytes) => {
        const sha256 = createHash('sha256').update(bytes).digest()
        expect(toHex(engine.hash160(bytes))).toBe(createHash('ripemd160').update(sha256).digest('hex'))
      }),
      { numRuns: 500 },
    )
  })

  it('takes in a message of the size of a block', () => {
    const bytes = noise(4_000_000)
    expect(toHex(engine.digest([bytes], true))).toBe(reference(bytes, true))
  })

  it('puts the digest of a range where it is wanted, and nothing beside it', () => {
    for (const length of EDGES) {
      const out = new Uint8Array(40).fill(7)
      const bytes = noise(length + 5)
      engine.digestInto(out, 3, bytes, 2, 2 + length)
      expect(toHex(out.subarray(3, 35)), `${length}`).toBe(reference(bytes.subarray(2, 2 + length), true))
      expect([...out.subarray(0, 3), ...out.subarray(35)], `${length}`).toEqual(new Array(8).fill(7))
    }
  })

  it('hands out digests that the next one does not change', () => {
    const first = engine.digest([noise(1)], false)
    engine.digest([noise(2)], false)
    expect(toHex(first)).toBe(reference(noise(1), false))
  })

  it('of many messages is that of each', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        expect(split(engine.digestMany(source, messages))).toEqual(
          messages.map((ranges) => reference(bytesOf(ranges), true)),
        )
      }),
    )
  })

  it('of many messages of equal or neighbouring length is that of each', () => {
    for (const length of EDGES.filter((each) => each < 1_100)) {
      const messages = [0, 1, 2, 3, 4, 5, 6].map((start) => [start, start + length + (start === 6 ? 1 : 0)])
      expect(split(engine.digestMany(source, messages)), `${length}`).toEqual(
        messages.map((ranges) => reference(bytesOf(ranges), true)),
      )
    }
  })

  it.each([0, 1, 2, 3, 4, 5, 255, 256, 257, 511, 513, 1_000])('of %i pairs is that of each', (pairs) => {
    const digests = source.subarray(5, 5 + 64 * pairs)
    const each = Array.from({ length: pairs }, (_, i) => digests.subarray(64 * i, 64 * i + 64))
    expect(split(engine.digestPairs(digests))).toEqual(each.map((pair) => reference(pair, true)))
  })
})

describe('the kernel', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('keeps nothing of a message that it could not take in to its end', () => {
    const gone = noise(10)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(() => kernel.digest([noise(KERNEL_INPUT + 5), gone], true)).toThrow(TypeError)
    expect(toHex(kernel.digest([noise(5)], true))).toBe(reference(noise(5), true))
  })

  it.each([
    ['there is no WebAssembly', undefined],
    [
      'its SIMD is not there, or it may not be compiled here',
      {
        Module: class {
          constructor() {
            throw new WebAssembly.CompileError('unknown opcode')
          }
        },
      },
    ],
  ])('is not there where %s', (_, assembly) => {
    vi.stubGlobal('WebAssembly', assembly)
    expect(createHashKernel()).toBeUndefined()
  })
})
