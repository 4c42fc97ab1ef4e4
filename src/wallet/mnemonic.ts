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

/** All that a wallet's keys follow from. */
export interface WalletSecret {
  /** BIP39 entropy: 16 to 32 bytes */
  readonly entropy: Uint8Array
  /** BIP39's own passphrase, also called the 25th word; empty for none */
  readonly bip39Passphrase: string
}

/** BIP39: the 64-byte seed of the words and their passphrase. */
export const seedOf = ({ entropy, bip39Passphrase }: WalletSecret): Uint8Array =>
  mnemonicToSeedSync(mnemonicOfEntropy(entropy), bip39Passphrase)

/** So that the sealed secret has one length, which says nothing about the passphrase. */
const MAX_BIP39_PASSPHRASE_BYTES = 200
const MAX_ENTROPY_BYTES = 32
export const SECRET_BYTES = 2 + MAX_ENTROPY_BYTES + MAX_BIP39_PASSPHRASE_BYTES

/**
 * The secret as bytes to be sealed: two lengths, the entropy, the passphrase as UTF-8, zeros up to `SECRET_BYTES`.
 * @throws CairnError `bip39-passphrase-too-long`
 */
export function encodeSecret({ entropy, bip39Passphrase }: WalletSecret): Uint8Array {
  const passphrase = new TextEncoder().encode(bip39Passphrase)
  if (passphrase.length > MAX_BIP39_PASSPHRASE_BYTES)
    throw new CairnError(
      'bip39-passphrase-too-long',
      `a BIP39 passphrase has at most ${MAX_BIP39_PASSPHRASE_BYTES} bytes here`,
    )
  const bytes = new Uint8Array(SECRET_BYTES)
  bytes.set([entropy.length, passphrase.length])
  bytes.set(entropy, 2)
  bytes.set(passphrase, 2 + entropy.length)
  passphrase.fill(0)
  return bytes
}

/** Takes apart what `encodeSecret` made; the entropy is a copy. */
export function decodeSecret(bytes: Uint8Array): WalletSecret {
  const [entropyBytes = 0, passphraseBytes = 0] = bytes
  const end = 2 + entropyBytes
  return {
    entropy: bytes.slice(2, end),
    bip39Passphrase: new TextDecoder().decode(bytes.subarray(end, end + passphraseBytes)),
  }
}
