import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decodeAddress, encodeAddress } from '../../src/script/address.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'

describe('BIP173', () => {
  it.each([
    ['BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'bc', '0014751e76e8199196d454941c45d1b3a323f1433bd6'],
    [
      'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
      'tb',
      '00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262',
    ],
  ])('decodes %s and encodes it again', (text, prefix, script) => {
    const decoded = decodeAddress(text, prefix)
    expect(decoded.ok && toHex(decoded.value)).toBe(script)
    expect(encodeAddress(fromHex(script)!, prefix)).toBe(text.toLowerCase())
  })

  it.each([
    ['tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty', 'bc', 'address-of-other-network'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', 'bc', 'address-malformed'],
    ['BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2', 'bc', 'address-version-unknown'],
    ['bc1rw5uspcuh', 'bc', 'address-version-unknown'],
    ['BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P', 'bc', 'address-malformed'],
    ['bc1gmk9yu', 'bc', 'address-malformed'],
    ['', 'bc', 'address-malformed'],
  ])('refuses %s', (text, prefix, code) => {
    expect(decodeAddress(text, prefix)).toMatchObject({ ok: false, error: { code } })
  })

  it('is the identity on every program of both sizes', () => {
    const programs = fc.oneof(
      fc.uint8Array({ minLength: 20, maxLength: 20 }).map(p2wpkhScript),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map(p2wshScript),
    )
    fc.assert(
      fc.property(programs, (script) => {
        const decoded = decodeAddress(encodeAddress(script, 'dcrn')!, 'dcrn')
        expect(decoded).toEqual({ ok: true, value: script })
      }),
    )
  })

  it('refuses any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => !decodeAddress(text, 'crn').ok))
  })
})
