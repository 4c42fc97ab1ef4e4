import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { outPointKey } from '../../src/primitives/outpoint.ts'
import { OutPointMap } from '../../src/primitives/outpoint-map.ts'

const outPoints = fc.record({
  txid: fc.nat(2).map((n) => toHashId<Txid>(sha256(Uint8Array.of(n)))),
  vout: fc.constantFrom(0, 1, 2, 40, 0xffff_fffe),
})

it('is a map whose keys are outpoints by value', () => {
  const steps = fc.array(fc.record({ outPoint: outPoints, set: fc.boolean(), value: fc.nat() }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const map = new OutPointMap<{ value: number }>()
      const model = new Map<string, number>()
      for (const { outPoint, set, value } of all) {
        const key = outPointKey(outPoint)
        if (set) {
          map.set(outPoint, { value })
          model.set(key, value)
        } else expect(map.delete({ ...outPoint })).toBe(model.delete(key))
        expect(map.get({ ...outPoint })?.value).toBe(model.get(key))
        expect(map.size).toBe(model.size)
      }
      const found = new Map<string, number>()
      map.visit(({ value }, outPoint) => found.set(outPointKey(outPoint), value))
      expect(found).toEqual(model)
    }),
  )
})
