import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slabAllocator } from '../../src/base/slab.ts'

describe('slab allocator', () => {
  it('gives arrays of zeros of the lengths asked for, none of which shares a byte with another', () => {
    const lengths = fc.array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 70_000 })), { maxLength: 60 })
    fc.assert(
      fc.property(lengths, (asked) => {
        const allocate = slabAllocator()
        const arrays = asked.map((length, i) => {
          const bytes = allocate(length)
          expect(bytes.length).toBe(length)
          expect(bytes.every((byte) => byte === 0)).toBe(true)
          return bytes.fill(i + 1)
        })
        arrays.forEach((bytes, i) => {
          expect(bytes.every((byte) => byte === i + 1)).toBe(true)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('puts small arrays into one buffer', () => {
    const allocate = slabAllocator()
    expect(allocate(37).buffer).toBe(allocate(30).buffer)
  })
})
