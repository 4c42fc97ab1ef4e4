import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import {
  createEntropy,
  decodeSecret,
  encodeSecret,
  entropyOfMnemonic,
  mnemonicOfEntropy,
  SECRET_BYTES,
  seedOf,
} from '../../src/wallet/mnemonic.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { ABANDON } from './support.ts'

/** From the vectors that BIP39 refers to (trezor/python-mnemonic, vectors.json): entropy and words. */
const VECTORS = [
  ['00000000000000000000000000000000', `${'abandon '.repeat(11)}about`],
  [
    '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f',
    'legal winner thank year wave sausage worth useful legal winner thank yellow',
  ],
  [
    '80808080808080808080808080808080',
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage above',
  ],
  ['ffffffffffffffffffffffffffffffff', `${'zoo '.repeat(11)}wrong`],
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '7f'.repeat(32),
    `${'legal winner thank year wave sausage worth useful '.repeat(3).trim().split(' ').slice(0, 23).join(' ')} title`,
  ],
] as const

/** The same file: entropy, and the seed of its words with the passphrase TREZOR. */
const SEEDS = [
  [
    '00'.repeat(16),
    'c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
  ],
  [
    '7f'.repeat(16),
    '2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607',
  ],
  [
    '80'.repeat(16),
    'd71de856f81a8acc65e6fc851a38d4d7ec216fd0796d0a6827a3ad6ed5511a30fa280f12eb2e47ed2ac03b5c462a0358d18d69fe4f985ec81778c1b370b652a8',
  ],
  [
    'ff'.repeat(16),
    'ac27495480225222079d7be181583751e86f571027b0497b5b5d11218e0a8a13332572917f0f8e5a589620c6f15b11c61dee327651a14c34e18231052e48c069',
  ],
  [
    '00'.repeat(32),
    'bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8',
  ],
  [
    '7f'.repeat(32),
    'bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87',
  ],
  [
    'ff'.repeat(32),
    'dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad',
  ],
] as const

const codeOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}

describe('BIP39 mnemonic', () => {
  it.each(VECTORS)('turns entropy %s into its words and back', (entropy, words) => {
    expect(mnemonicOfEntropy(fromHex(entropy)!)).toBe(words)
    expect(toHex(entropyOfMnemonic(words))).toBe(entropy)
  })

  it.each(SEEDS)("derives BIP39's seed of the words of %s with the passphrase TREZOR", (entropy, seed) => {
    expect(toHex(seedOf({ entropy: fromHex(entropy)!, bip39Passphrase: 'TREZOR' }))).toBe(seed)
  })

  it('derives another seed without the passphrase', () => {
    expect(toHex(seedOf({ entropy: new Uint8Array(16), bip39Passphrase: '' }))).toBe(
      '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4',
    )
  })

  it('is undone by reading it back, whatever the entropy', () => {
    const entropy = fc
      .constantFrom(16, 20, 24, 28, 32)
      .chain((n) => fc.uint8Array({ minLength: n, maxLength: n }))
    fc.assert(
      fc.property(entropy, (bytes) => {
        expect(entropyOfMnemonic(mnemonicOfEntropy(bytes))).toEqual(bytes)
      }),
    )
  })

  it('takes words in any case and spacing', () => {
    expect(entropyOfMnemonic(`  ${ABANDON.toUpperCase().replaceAll(' ', ' \n\t')} `)).toEqual(
      new Uint8Array(16),
    )
  })

  it('refuses a wrong checksum, an unknown word and a wrong number of words', () => {
    expect(codeOf(() => entropyOfMnemonic('abandon '.repeat(12)))).toBe('mnemonic-invalid')
    expect(codeOf(() => entropyOfMnemonic(ABANDON.replace('about', 'cairn')))).toBe('mnemonic-invalid')
    expect(codeOf(() => entropyOfMnemonic('abandon '.repeat(13)))).toBe('mnemonic-invalid')
    expect(codeOf(() => entropyOfMnemonic(''))).toBe('mnemonic-invalid')
  })

  it('never repeats the words in an error', () => {
    for (const text of [ABANDON.replace('about', 'absurd'), ABANDON.replace('about', 'abuot')]) {
      try {
        entropyOfMnemonic(text)
        expect.unreachable()
      } catch (error) {
        const { message, cause, details } = error as { message: string; cause?: unknown; details: unknown }
        expect(`${message} ${JSON.stringify(details)} ${cause}`).not.toMatch(/abandon|absurd|abuot/)
      }
    }
  })

  it('takes 128 bits of chance for 12 words and 256 for 24', () => {
    const random = createSeededRandom('words')
    expect(mnemonicOfEntropy(createEntropy(random, 12)).split(' ')).toHaveLength(12)
    expect(mnemonicOfEntropy(createEntropy(random, 24)).split(' ')).toHaveLength(24)
  })
})

describe('wallet secret', () => {
  it('is of one length, whatever the words and the passphrase, and is read back', () => {
    const entropy = fc.constantFrom(16, 24, 32).chain((n) => fc.uint8Array({ minLength: n, maxLength: n }))
    const passphrase = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => text.length < 60)
    fc.assert(
      fc.property(entropy, passphrase, (bytes, bip39Passphrase) => {
        const encoded = encodeSecret({ entropy: bytes, bip39Passphrase })
        expect(encoded).toHaveLength(SECRET_BYTES)
        expect(decodeSecret(encoded)).toEqual({ entropy: bytes, bip39Passphrase })
      }),
    )
  })

  it('holds no endless passphrase', () => {
    const secret = { entropy: new Uint8Array(16), bip39Passphrase: 'x'.repeat(201) }
    expect(codeOf(() => encodeSecret(secret))).toBe('bip39-passphrase-too-long')
  })
})
