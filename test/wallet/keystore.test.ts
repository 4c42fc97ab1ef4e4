import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  encodeKeystore,
  type Keystore,
  MAX_KEYSTORE_BYTES,
  parseKeystore,
} from '../../src/wallet/keystore.ts'
import { openSecret, sealSecret } from '../../src/wallet/seal.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { CHEAP, DEV_NETWORK, testWallet } from './support.ts'

const PASSPHRASE = 'correct horse'
const SECRET = { entropy: new Uint8Array(16), bip39Passphrase: '' }
const openSealed = (from: Keystore, passphrase: string) => openSecret(from, from.secret!, passphrase)
let keystore: Keystore
beforeAll(async () => {
  keystore = (await testWallet(DEV_NETWORK, PASSPHRASE)).keystore()
})

/** The keystore with one field, given by its path, replaced. */
function withField(path: string, value: unknown): string {
  const copy = JSON.parse(encodeKeystore(keystore)) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop()!
  let parent: Record<string, unknown> = copy
  for (const key of keys) parent = parent[key] as Record<string, unknown>
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return JSON.stringify(copy)
}

const refusal = (text: string): { code?: string; details?: { field?: string } } => {
  try {
    parseKeystore(text)
    return {}
  } catch (error) {
    return error as never
  }
}

describe('keystore file', () => {
  it('reads back what it wrote', () => {
    expect(parseKeystore(encodeKeystore(keystore))).toEqual(keystore)
  })

  it('holds neither the words nor the passphrase nor a private key', () => {
    const text = encodeKeystore(keystore)
    for (const secret of ['abandon', PASSPHRASE, 'xprv', '00'.repeat(16)]) expect(text).not.toContain(secret)
  })

  it.each([
    ['secret.kdf.N', 2 ** 22],
    ['secret.kdf.N', 2 ** 60],
    ['secret.kdf.N', 1e308],
    ['secret.kdf.N', 100_000],
    ['secret.kdf.N', -2],
    ['secret.kdf.N', 1],
    ['secret.kdf.r', 2 ** 22],
    ['secret.kdf.r', 0],
    ['secret.kdf.r', 8.5],
    ['secret.kdf.p', 1000],
    ['secret.kdf.p', '1'],
    ['secret.kdf.name', 'none'],
    ['secret.kdf.salt', 'ab'],
    ['secret.cipher.name', 'aes'],
    ['secret.cipher.nonce', 'AB'.repeat(24)],
    ['secret.ciphertext', ''],
    ['secret.ciphertext', '00'.repeat(100)],
    ['secret.ciphertext', undefined],
    ['gapLimit', 0],
    ['gapLimit', 1e9],
    ['accounts', []],
    ['format', 'other'],
    ['accounts.0.next.receive', -1],
    ['accounts.0.next.receive', 1.5],
    ['accounts.0.next.change', 2 ** 31],
    ['accounts.0.used.change', null],
    ['network.prefix', 'Upper'],
    ['network.genesis', '00'],
    ['accounts.0.xpub', 'xpub'],
    ['accounts.0.path', "84'/0'/0'"],
    ['accounts.0.fingerprint', 'zz'],
    ['createdAt', 'now'],
    ['extra', 1],
  ])('refuses %s = %j and names the field', (path, value) => {
    const { code, details } = refusal(withField(path, value))
    expect(code).toBe('wallet-file-invalid')
    if (path !== 'extra') expect(path.startsWith(details!.field!)).toBe(true)
  })

  it('refuses an account with a private key in the clear', () => {
    const xprv =
      'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi'
    expect(refusal(withField('accounts.0.xpub', xprv)).code).toBe('wallet-file-invalid')
  })

  it('says so where the file is of a later version', () => {
    expect(refusal(withField('version', 3)).code).toBe('wallet-version-unknown')
  })

  it('refuses what is no JSON, no object or too long', () => {
    for (const text of ['', '{', 'null', '[]', '"text"', '1'])
      expect(refusal(text).code).toBe('wallet-file-invalid')
    expect(refusal(' '.repeat(MAX_KEYSTORE_BYTES + 1)).code).toBe('wallet-file-invalid')
  })

  it('never throws anything but a named error, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(refusal(text).code).toMatch(/^wallet-(file-invalid|version-unknown)$/)
      }),
    )
  })
})

describe('seal', () => {
  it('opens with the passphrase and no other', async () => {
    expect(await openSealed(keystore, PASSPHRASE)).toEqual(SECRET)
    for (const wrong of ['', PASSPHRASE.toUpperCase(), `${PASSPHRASE} `])
      await expect(openSealed(keystore, wrong)).rejects.toMatchObject({ code: 'wallet-passphrase-wrong' })
  })

  it('opens with the same characters in another Unicode form', async () => {
    const other = (await testWallet(DEV_NETWORK, 'Zu\u0308rich')).keystore()
    expect(await openSealed(other, 'Z\u00fcrich')).toEqual(SECRET)
  })

  it.each([
    ['network.name', 'test'],
    ['network.prefix', 'tcrn'],
    ['network.genesis', '00'.repeat(32)],
    ['createdAt', 1],
    ['secret.kdf.N', 32],
    ['secret.kdf.r', 16],
    ['secret.kdf.p', 2],
    ['secret.kdf.salt', '11'.repeat(32)],
    ['secret.cipher.nonce', '11'.repeat(24)],
  ])('does not open once %s was changed', async (path, value) => {
    const changed = parseKeystore(withField(path, value))
    await expect(openSealed(changed, PASSPHRASE)).rejects.toMatchObject({ code: 'wallet-passphrase-wrong' })
  })

  it('opens whatever the address counters say, since they change without the passphrase', async () => {
    const changed = parseKeystore(withField('accounts.0.next.receive', 12))
    expect(await openSealed(changed, PASSPHRASE)).toEqual(SECRET)
  })

  it('uses a new salt and nonce each time', async () => {
    const random = createSeededRandom('seal')
    const seal = () => sealSecret(SECRET, 'x', keystore, CHEAP, random)
    const [first, second] = [await seal(), await seal()]
    expect(first.kdf.salt).not.toBe(second.kdf.salt)
    expect(first.cipher.nonce).not.toBe(second.cipher.nonce)
  })
})
