import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { decodeTransaction } from '../../src/primitives/transaction.ts'
import { createSighashCache, isKnownHashType, SIGHASH_ALL, witnessSighash } from '../../src/script/sighash.ts'
import { p2wpkhScriptCode } from '../../src/script/templates.ts'

const hex = (text: string): Uint8Array => fromHex(text)!

describe('BIP143, native P2WPKH example', () => {
  const decoded = decodeTransaction(
    hex(
      '0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffff' +
        'ef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff' +
        '02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac' +
        '9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000',
    ),
  )
  if (!decoded.ok) throw decoded.error
  const cache = createSighashCache(decoded.value)

  it('hashes prevouts, sequences and outputs as the example does', () => {
    expect(toHex(cache.prevouts())).toBe('96b827c8483d4e9b96712b6713a7b68d6e8003a781feba36c31143470b4efd37')
    expect(toHex(cache.sequences())).toBe('52b0a642eea2fb7ae638c36f6252b6750293dbe574a806984b8e4d8548339a3b')
    expect(toHex(cache.outputs())).toBe('863ef3e1a92afbfdb97f31ad0fc7683ee943e9abcf2501590ff8f6551f47e5e5')
  })

  it('gives the example’s digest', () => {
    const code = p2wpkhScriptCode(hex('1d0f172a0ecb48aee1be1f2687d2963ae33f71a1'))
    expect(toHex(witnessSighash(cache, 1, code, 600_000_000, SIGHASH_ALL))).toBe(
      'c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670',
    )
  })

  it('refuses an input that is not there', () => {
    expect(() => witnessSighash(cache, 2, new Uint8Array(0), 0, SIGHASH_ALL)).toThrow(RangeError)
  })
})

describe('hash types', () => {
  it('are six', () => {
    const known = Array.from({ length: 256 }, (_, type) => type).filter(isKnownHashType)
    expect(known).toEqual([0x01, 0x02, 0x03, 0x81, 0x82, 0x83])
  })
})
