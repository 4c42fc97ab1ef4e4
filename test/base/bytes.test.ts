import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, concatBytes, equalBytes, fromHex, toHex } from '../../src/base/bytes.ts'

describe('hex', () => {
  it('is lower-case and undone by reading it, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toMatch(/^[0-9a-f]*$/)
        expect(fromHex(toHex(bytes))).toEqual(bytes)
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes)
      }),
    )
  })

  it.each(['0', '0g', '0x00', ' 00', '00 ', '00\n', 'é0'])('refuses %j', (text) => {
    expect(fromHex(text)).toBeUndefined()
  })
})

describe('bytes', () => {
  const pair = fc.tuple(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }))

  it('compare as their hex does, and equal exactly where they compare as equal', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const order = toHex(a) < toHex(b) ? -1 : toHex(a) > toHex(b) ? 1 : 0
        expect(Math.sign(compareBytes(a, b))).toBe(order)
        expect(equalBytes(a, b)).toBe(order === 0)
      }),
    )
  })

  it('are joined in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5 })), (parts) => {
        expect(toHex(concatBytes(...parts))).toBe(parts.map(toHex).join(''))
      }),
    )
  })
})
