import { createBase58check } from '@scure/base'
import { HDKey } from '@scure/bip32'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { accountPath, createAddressBook, deriveAccount, MAX_ADDRESSES } from '../../src/wallet/account.ts'
import { entropyOfMnemonic } from '../../src/wallet/mnemonic.ts'
import { ABANDON } from './support.ts'

const entropy = () => entropyOfMnemonic(ABANDON)

/** BIP84 writes account keys with SLIP-132's version bytes `zpub`, we with BIP32's own. */
function asZpub(xpub: string): string {
  const base58check = createBase58check(sha256)
  const bytes = base58check.decode(xpub)
  bytes.set(fromHex('04b24746')!)
  return base58check.encode(bytes)
}

describe('BIP84 account', () => {
  const bitcoin = deriveAccount(entropy(), "m/84'/0'/0'")

  it("derives the account key of BIP84's vector", () => {
    expect(asZpub(bitcoin.info.xpub)).toBe(
      'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs',
    )
    expect(bitcoin.info.fingerprint).toBe('73c5da0a')
  })

  it.each([
    ['receive', 0, 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu'],
    ['receive', 1, 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g'],
    ['change', 0, 'bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el'],
  ] as const)("derives %s address %i of BIP84's vector", (branch, index, address) => {
    expect(createAddressBook(bitcoin.info.xpub, 'bc').address(index, branch)).toMatchObject({
      address,
      branch,
      index,
    })
  })

  it('derives the private key of each address', () => {
    const publicKey = HDKey.fromExtendedKey(bitcoin.info.xpub).derive('m/0/0').publicKey
    const privateKey = deriveAccount(entropy(), "m/84'/0'/0'").privateKey(0, 'receive')
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
    const { xpub } = deriveAccount(entropy(), accountPath('dev')).info
    expect(createAddressBook(xpub, 'dcrn').address(0, 'receive').address).toMatch(/^dcrn1q/)
  })

  it('refuses an index beyond the last address', () => {
    const book = createAddressBook(bitcoin.info.xpub, 'bc')
    for (const index of [-1, 0.5, MAX_ADDRESSES, Number.NaN])
      expect(() => book.address(index, 'receive')).toThrow(RangeError)
    expect(book.address(MAX_ADDRESSES - 1, 'receive').address).toMatch(/^bc1q/)
  })

  it('has no keys left after it was wiped', () => {
    const keys = deriveAccount(entropy(), accountPath('dev'))
    keys.wipe()
    expect(() => keys.privateKey(0, 'receive')).toThrow()
  })
})
