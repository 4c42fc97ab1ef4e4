import { createBase58check } from '@scure/base'
import { HDKey } from '@scure/bip32'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { accountPath, createAddressBook, deriveAccount, MAX_ADDRESSES } from '../../src/wallet/account.ts'
import { formatAccountKey, parseAccountKey, pathIndices } from '../../src/wallet/account-key.ts'
import { NOBLE_CURVE } from '../../src/wallet/curve.ts'
import { entropyOfMnemonic } from '../../src/wallet/mnemonic.ts'
import { ABANDON } from './support.ts'

const secret = (bip39Passphrase = '') => ({ entropy: entropyOfMnemonic(ABANDON), bip39Passphrase })
const derive = (path: string) => deriveAccount(secret(), path, NOBLE_CURVE)
const bookOf = (xpub: string, prefix: string) => createAddressBook(xpub, prefix, NOBLE_CURVE)

/** BIP84 writes account keys with SLIP-132's version bytes `zpub`, we with BIP32's own. */
function asZpub(xpub: string): string {
  const base58check = createBase58check(sha256)
  const bytes = base58check.decode(xpub)
  bytes.set(fromHex('04b24746')!)
  return base58check.encode(bytes)
}

describe('BIP84 account', () => {
  const bitcoin = derive("m/84'/0'/0'")

  it("derives the account key of BIP84's vector", () => {
    expect(asZpub(bitcoin.key.xpub)).toBe(
      'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs',
    )
    expect(bitcoin.key.fingerprint).toBe('73c5da0a')
  })

  it.each([
    ['receive', 0, 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu'],
    ['receive', 1, 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g'],
    ['change', 0, 'bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el'],
  ] as const)("derives %s address %i of BIP84's vector", (branch, index, address) => {
    expect(bookOf(bitcoin.key.xpub, 'bc').address(index, branch)).toMatchObject({
      address,
      branch,
      index,
    })
  })

  it('derives the private key of each address', () => {
    const publicKey = HDKey.fromExtendedKey(bitcoin.key.xpub).derive('m/0/0').publicKey
    const privateKey = derive("m/84'/0'/0'").privateKey(0, 'receive')
    expect(toHex(publicKey!)).toBe('0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c')
    // the WIF KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d of the vector
    expect(toHex(privateKey)).toBe(
      toHex(
        createBase58check(sha256).decode('KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d').slice(1, 33),
      ),
    )
  })

  it('gives the main network a coin type of its own and all others that of test networks', () => {
    expect(accountPath('main')).toBe("m/84'/6517358'/0'")
    expect(accountPath('test')).toBe("m/84'/1'/0'")
    expect(accountPath('my-own')).toBe("m/84'/1'/0'")
  })

  it('writes addresses with the prefix of the network', () => {
    const { xpub } = derive(accountPath('dev')).key
    expect(bookOf(xpub, 'dcrn').address(0, 'receive').address).toMatch(/^dcrn1q/)
  })

  it('refuses an index beyond the last address', () => {
    const book = bookOf(bitcoin.key.xpub, 'bc')
    for (const index of [-1, 0.5, MAX_ADDRESSES, Number.NaN])
      expect(() => book.address(index, 'receive')).toThrow(RangeError)
    expect(book.address(MAX_ADDRESSES - 1, 'receive').address).toMatch(/^bc1q/)
  })

  it('has no keys left after it was wiped', () => {
    const keys = derive(accountPath('dev'))
    keys.wipe()
    expect(() => keys.privateKey(0, 'receive')).toThrow()
  })
})

describe('account numbers', () => {
  it('are the third step of the path (BIP84)', () => {
    expect(accountPath('main', 3)).toBe("m/84'/6517358'/3'")
    expect(derive(accountPath('dev', 1)).key.xpub).not.toBe(derive(accountPath('dev', 0)).key.xpub)
  })
})

describe('account key', () => {
  const { key } = derive("m/84'/1'/0'")

  it('is read with its origin as output descriptors write it, whichever way they write hardened steps', () => {
    expect(parseAccountKey(formatAccountKey(key))).toEqual(key)
    expect(parseAccountKey(`[73C5DA0A/84h/1H/0']${key.xpub}`)).toEqual(key)
    expect(pathIndices(key.path)).toEqual([84, 1, 0].map((step) => step + 2 ** 31))
  })

  it('is an xpub alone, which then is its own origin (BIP380)', () => {
    const fingerprint = HDKey.fromExtendedKey(key.xpub).fingerprint.toString(16).padStart(8, '0')
    expect(parseAccountKey(` ${key.xpub}\n`)).toEqual({ path: 'm', xpub: key.xpub, fingerprint })
  })

  it('is never a private key, nor does an error repeat one', () => {
    const xprv = HDKey.fromMasterSeed(new Uint8Array(32).fill(1)).privateExtendedKey
    for (const text of [xprv, `[73c5da0a/84'/1'/0']${xprv}`, 'xpub', '', `[73c5da0a]`, xprv.slice(0, -1)])
      try {
        parseAccountKey(text)
        expect.unreachable()
      } catch (error) {
        expect((error as { code: string }).code).toBe('account-key-invalid')
        expect((error as Error).cause).toBeUndefined()
        expect((error as Error).message).not.toContain(xprv.slice(4, 20))
      }
  })
})
