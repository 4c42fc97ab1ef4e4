import { mnemonicToSeedSync } from '@scure/bip39'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import {
  createEntropy,
  entropyOfMnemonic,
  mnemonicOfEntropy,
  seedOfEntropy,
} from '../../src/wallet/mnemonic.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { ABANDON } from './support.ts'

/** From the vectors that BIP39 refers to (trezor/python-mnemonic): entropy and words. */
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

  it("derives BIP39's seed", () => {
    expect(toHex(mnemonicToSeedSync(ABANDON, 'TREZOR'))).toBe(
      'c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
    )
    expect(toHex(seedOfEntropy(new Uint8Array(16)))).toBe(
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
