import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { LevelLogReader } from '../../src/storage/level-log.ts'
import { writeLog } from '../support/level-log.ts'

const BLOCK = 32_768
const bytes = (length: number, fill = 0xaa) => new Uint8Array(length).fill(fill)

function read(log: Uint8Array, options?: ConstructorParameters<typeof LevelLogReader>[0]) {
  const reader = new LevelLogReader(options)
  const found = reader.read(log, true)
  return { records: found.ok ? found.value : found.error, cutShort: reader.cutShort }
}

/** A copy with one byte other than it was. */
function spoil(log: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = log.slice()
  copy[at] = byte
  return copy
}

describe('a log', () => {
  it('gives back its records, in whole blocks of any number', () => {
    const lengths = fc.oneof(fc.nat(100), fc.integer({ min: BLOCK - 50, max: BLOCK + 50 }), fc.nat(100_000))
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (sizes, blocks) => {
        const records = sizes.map((size, i) => bytes(size, i + 1))
        const log = writeLog(records)
        const reader = new LevelLogReader()
        const found: Uint8Array[] = []
        for (let at = 0; at < log.length; at += blocks * BLOCK) {
          const some = reader.read(log.slice(at, at + blocks * BLOCK), at + blocks * BLOCK >= log.length)
          if (!some.ok) throw new Error(some.error)
          found.push(...some.value)
        }
        expect(found).toEqual(records)
        expect(reader.cutShort).toBe(false)
      }),
    )
  })

  it('keeps no more of a record than it is asked for', () => {
    const records = [bytes(5), bytes(80_000), bytes(30)]
    expect(read(writeLog(records), { keep: 12 }).records).toEqual(records.map((each) => each.slice(0, 12)))
  })

  it('may be empty', () => {
    expect(read(bytes(0))).toEqual({ records: [], cutShort: false })
  })

  it('may end anywhere, and has the records before', () => {
    const records = [bytes(100), bytes(40_000), bytes(20)]
    const log = writeLog(records)
    fc.assert(
      fc.property(fc.nat(log.length - 1), (length) => {
        const { records: found, cutShort } = read(log.subarray(0, length))
        const whole = [0, 107, 107 + 40_014].indexOf(length)
        const held = length < 107 ? 0 : length < 107 + 40_014 ? 1 : 2
        expect(found).toEqual(records.slice(0, held))
        expect(cutShort).toBe(whole < 0)
      }),
      { numRuns: 300 },
    )
  })

  it('may end in zeros from a sector on, and has the records before', () => {
    const records = [bytes(100), bytes(40_000), bytes(20)]
    const log = concatBytes(writeLog(records), new Uint8Array(BLOCK))
    for (let from = 0; from <= log.length - 512; from += 512) {
      const { records: found, cutShort } = read(log.slice().fill(0, from))
      expect(found).toEqual(
        records.slice(0, from < 107 ? 0 : from < 107 + 40_014 ? 1 : from < 40_148 ? 2 : 3),
      )
      expect(cutShort).toBe(true)
    }
  })

  it('that LevelDB would refuse has no zeros in its last record', () => {
    const log = writeLog([bytes(600), bytes(600)]).fill(0, 1024)
    expect(read(log).cutShort).toBe(true)
    expect(read(log, { mayLose: false }).records).toBe(
      'a record that does not match its checksum at byte 607',
    )
    const behind = concatBytes(writeLog([bytes(600)]), new Uint8Array(100))
    expect(read(behind, { mayLose: false })).toEqual({ records: [bytes(600)], cutShort: true })
  })

  it('has nothing behind zeros', () => {
    const log = concatBytes(writeLog([bytes(100)]), new Uint8Array(2 * BLOCK))
    expect(read(log).cutShort).toBe(true)
    expect(read(spoil(log, log.length - 1, 1)).records).toBe(
      'a record that does not match its checksum at byte 107',
    )
    expect(read(spoil(log, 200, 1)).records).toMatch('at byte 107')
  })

  it('fills its blocks with zeros', () => {
    const log = writeLog([bytes(BLOCK - 10), bytes(10)])
    expect(read(log).records).toHaveLength(2)
    for (let back = 1; back <= 3; back++)
      expect(read(spoil(log, BLOCK - back, 1)).records).toBe(
        `a block that ends in more than zeros at byte ${BLOCK - 3}`,
      )
  })

  it('whose last record has a wrong length is damaged, not cut short', () => {
    const log = writeLog([bytes(100), bytes(100)])
    for (let bit = 0; bit < 16; bit++) {
      const at = 107 + 4 + (bit >> 3)
      expect(read(spoil(log, at, log[at]! ^ (1 << (bit & 7)))).records).toMatch(/at byte 107$/)
    }
  })

  it('does not go on in the middle of a record', () => {
    const [first, rest] = [bytes(BLOCK - 7), bytes(50)]
    const whole = writeLog([concatBytes(first, rest)])
    const single = writeLog([bytes(BLOCK - 7)])
    expect(read(concatBytes(single, whole.subarray(BLOCK))).records).toBe(
      `a part of a record without the part before at byte ${BLOCK}`,
    )
    expect(read(concatBytes(whole.subarray(0, BLOCK), writeLog([rest]))).records).toBe(
      `a part of a record without the part before at byte ${BLOCK}`,
    )
  })
})
