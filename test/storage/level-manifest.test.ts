import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { readVersion } from '../../src/storage/level-manifest.ts'

const slice = (text: string) => Uint8Array.of(text.length, ...new TextEncoder().encode(text))
const comparator = concatBytes(Uint8Array.of(1), slice('leveldb.BytewiseComparator'))
const numbers = (log: number, next: number, last: number) => Uint8Array.of(2, log, 9, 0, 3, next, 4, last)
const added = (level: number, number: number, size: readonly number[]) =>
  concatBytes(Uint8Array.of(7, level, number, ...size), slice('a'.repeat(8)), slice('z'.repeat(8)))
const deleted = (level: number, number: number) => Uint8Array.of(6, level, number)
const pointer = concatBytes(Uint8Array.of(5, 1), slice('m'.repeat(8)))

describe('the version that a MANIFEST leads to', () => {
  it('has the tables that were added and not deleted since', () => {
    const edits = [
      concatBytes(comparator, pointer, added(0, 5, [0x80, 0x02]), added(1, 6, [99])),
      numbers(7, 9, 100),
      concatBytes(numbers(8, 12, 120), added(0, 10, [50]), deleted(1, 6)),
      concatBytes(numbers(8, 12, 121), deleted(0, 5), added(1, 5, [0x80, 0x02])),
    ]
    expect(readVersion(edits)).toEqual({
      ok: true,
      value: {
        logNumber: 8,
        nextFileNumber: 12,
        lastSequence: 121,
        tables: [
          { number: 10, size: 50 },
          { number: 5, size: 256 },
        ],
      },
    })
  })

  it.each([
    ['no edits', [], 'no version edit that names the log'],
    ['only the snapshot', [comparator], 'no version edit that names the log'],
    ['a tag that LevelDB has not', [Uint8Array.of(8)], 'unknown tag 8'],
    ['an edit that ends early', [added(0, 5, [50]).subarray(0, 9)], 'bytes wanted'],
    ['a level that LevelDB has not', [deleted(7, 5)], 'level 7'],
    ['a number past 64 bits', [Uint8Array.of(4, ...new Uint8Array(10).fill(0xff))], 'too large'],
    ['a number past what JavaScript counts to', [Uint8Array.of(4, ...bytes53())], 'too large'],
    ['a number that is longer than it has to be', [Uint8Array.of(4, 0x80, 0)], 'not shortest'],
    ['another order of keys', [concatBytes(Uint8Array.of(1), slice('idb_cmp1'))], 'another comparator'],
    ['a table from the future', [numbers(1, 5, 0), added(0, 5, [50])], 'a table from the future'],
  ])('is none of %s', (_what, edits, why) => {
    const version = readVersion(edits)
    expect(version).toMatchObject({ ok: false, error: expect.stringContaining(why) })
  })
})

/** 2^53 */
function bytes53(): number[] {
  return [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]
}
