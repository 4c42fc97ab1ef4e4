import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { crc32c, unmaskCrc32c } from '../../src/storage/crc32c.ts'

const text = (value: string) => new TextEncoder().encode(value)
const up = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('CRC-32C', () => {
  it.each([
    // RFC 3720, appendix B.4
    ['32 bytes of zero', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of one', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes counting up', up, 0x46dd794e],
    ['32 bytes counting down', up.toReversed(), 0x113fdb5c],
    // the check value of the CRC catalogue, and the word that LevelDB tries its processor with (util/crc32c.cc)
    ['123456789', text('123456789'), 0xe3069283],
    ['TestCRCBuffer', text('TestCRCBuffer'), 0xdcbc59fa],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_what, bytes, crc) => {
    expect(crc32c(bytes).toString(16)).toBe(crc.toString(16))
  })

  it('is that of the definition, bit by bit, wherever the bytes lie', () => {
    const slow = (bytes: Uint8Array): number => {
      let crc = 0xffffffff
      for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
      }
      return ~crc >>> 0
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, shift) => {
        const lain = concatBytes(new Uint8Array(shift), bytes).subarray(shift)
        expect(crc32c(lain)).toBe(slow(bytes))
      }),
    )
  })

  it('of two parts goes on where that of the first ended', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(crc32c(b, crc32c(a))).toBe(crc32c(concatBytes(a, b)))
      }),
    )
  })

  it('is stored turned by 15 bits and moved by a constant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (crc) => {
        const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
        expect(unmaskCrc32c(masked)).toBe(crc)
      }),
    )
  })
})
