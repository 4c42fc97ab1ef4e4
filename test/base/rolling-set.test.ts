import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRollingSet } from '../../src/base/rolling-set.ts'

describe('rolling set', () => {
  it('remembers the last so many that were added, and never twice as many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.tuple(fc.constantFrom('add', 'add', 'add', 'delete'), fc.nat(30))),
        (capacity, steps) => {
          const set = createRollingSet<number>(capacity)
          const added: number[] = []
          const deleted = new Set<number>()
          for (const [step, member] of steps) {
            if (step === 'delete') {
              set.delete(member)
              deleted.add(member)
            } else {
              set.add(member)
              added.push(member)
              deleted.delete(member)
            }
            for (const each of added.slice(-capacity)) expect(set.has(each)).toBe(!deleted.has(each))
            for (const each of deleted) expect(set.has(each)).toBe(false)
            const held = Array.from({ length: 31 }, (_, each) => set.has(each)).filter(Boolean).length
            expect(held).toBeLessThanOrEqual(2 * capacity)
          }
          set.clear()
          for (const each of added) expect(set.has(each)).toBe(false)
        },
      ),
    )
  })
})
