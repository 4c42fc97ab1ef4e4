import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { CairnError, invariant } from '../base/errors.ts'
import type { Random } from '../ports/random.ts'

/** How many words a new wallet gets: 128 or 256 bits. Imports also take BIP39's 15, 18 and 21. */
export type MnemonicLength = 12 | 24

const BYTES_OF_WORDS = { 12: 16, 24: 32 } as const satisfies Record<MnemonicLength, number>
const WORD_COUNTS: readonly number[] = [12, 15, 18, 21, 24]
const WORDS: ReadonlySet<string> = new Set(wordlist)

/** What BIP39 calls the entropy, 16 or 32 bytes of chance: the one secret that all keys follow from. */
export function createEntropy(random: Random, words: MnemonicLength): Uint8Array {
  const entropy = random.bytes(BYTES_OF_WORDS[words])
  invariant(entropy.length === BYTES_OF_WORDS[words], 'the random source gave too few bytes')
  return entropy
}

/** BIP39: the entropy (16 to 32 bytes) as English words with a checksum. */
export const mnemonicOfEntropy = (entropy: Uint8Array): string => entropyToMnemonic(entropy, wordlist)

/**
 * BIP39: the entropy of the words that a person typed; case and white space do not matter.
 * @throws CairnError `mnemonic-invalid`; the message names the position of a wrong word, never the word itself
 */
export function entropyOfMnemonic(text: string): Uint8Array {
  const words = text.normalize('NFKD').trim().toLowerCase().split(/\s+/)
  if (!WORD_COUNTS.includes(words.length))
    throw new CairnError(
      'mnemonic-invalid',
      `a mnemonic has ${WORD_COUNTS.join(', ')} words, not ${words.length}`,
      { words: words.length },
    )
  const wrong = words.findIndex((word) => !WORDS.has(word))
  if (wrong !== -1)
    throw new CairnError('mnemonic-invalid', `word ${wrong + 1} is not in BIP39's English list`, {
      position: wrong + 1,
    })
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    // no cause: the library's own message may quote the words
    throw new CairnError('mnemonic-invalid', 'the checksum is wrong: a word is mistaken or out of place')
  }
}

/** BIP39: the 64-byte seed of the words, without a passphrase of BIP39's own. */
export const seedOfEntropy = (entropy: Uint8Array): Uint8Array =>
  mnemonicToSeedSync(mnemonicOfEntropy(entropy))
