import { describe, expect, it } from 'vitest'
import { LevelBatches } from '../../src/storage/level-batches.ts'

function batch(sequence: number | bigint, count: number): Uint8Array {
  const record = new Uint8Array(20)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(sequence), true)
  view.setUint32(8, count, true)
  return record
}

describe('the batches in the logs', () => {
  it('follow each other', () => {
    const batches = new LevelBatches(9)
    for (const [sequence, count] of [
      [10, 3],
      [13, 1],
      [14, 0],
      [14, 200],
      [214, 1],
    ])
      expect(batches.add(batch(sequence!, count!))).toBeUndefined()
    expect(batches.cutShort).toBe(false)
  })

  it.each([
    ['one is missing', 11],
    ['one is there twice', 5],
  ])('are damaged where %s', (_what, sequence) => {
    const batches = new LevelBatches(4)
    expect(batches.add(batch(5, 5))).toBeUndefined()
    expect(batches.add(batch(sequence, 1))).toBe(`batch 10 is missing before batch ${sequence}`)
  })

  it('begin no later than behind those in the tables', () => {
    expect(new LevelBatches(7).add(batch(8, 1))).toBeUndefined()
    expect(new LevelBatches(7).add(batch(9, 1))).toBe('batch 8 is missing before batch 9')
    expect(new LevelBatches(7).add(batch(3, 1))).toBeUndefined()
    expect(new LevelBatches(7).add(batch(2n ** 60n, 1))).toMatch('batch 8 is missing')
    expect(new LevelBatches(7).add(batch(0, 1))).toMatch('is missing')
  })

  it('reach as far as MANIFEST knew of, or have been cut short', () => {
    const batches = new LevelBatches(7)
    expect(batches.cutShort).toBe(false)
    batches.add(batch(3, 2))
    expect(batches.cutShort).toBe(true)
    batches.add(batch(5, 3))
    expect(batches.cutShort).toBe(false)
  })

  it('are no shorter than their header', () => {
    expect(new LevelBatches(0).add(new Uint8Array(11))).toMatch('too short')
  })
})
