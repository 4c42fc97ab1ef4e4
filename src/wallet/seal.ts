import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { fromHex, toHex } from '../base/bytes.ts'
import { CairnError, invariant } from '../base/errors.ts'
import type { Random } from '../ports/random.ts'
import { type KeystoreHeader, NONCE_BYTES, SALT_BYTES, type SealedSecret } from './keystore.ts'
import { decodeSecret, encodeSecret, type WalletSecret } from './mnemonic.ts'

/** What a guess at the passphrase costs: 128 * N * r bytes of memory, and time that grows with N * r * p. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** OWASP's first recommendation for scrypt: 128 MiB, half a second. */
export const STANDARD_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }
/** There is no guessing at an empty passphrase, so making it slow protects nothing. */
export const EMPTY_PASSPHRASE_COST: ScryptCost = { N: 2 ** 10, r: 8, p: 1 }

const KEY_BYTES = 32
const utf8 = new TextEncoder()

/** The passphrase as people mean it: the same characters typed on another keyboard give the same bytes. */
const passphraseBytes = (passphrase: string): Uint8Array => utf8.encode(passphrase.normalize('NFKC'))

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  invariant(bytes, 'the keystore was parsed')
  return bytes
}

/**
 * What the seal binds besides the secret, so that no field of the header and no parameter can be exchanged: a JSON
 * array in the order of the README.
 */
function associatedData(header: KeystoreHeader, kdf: SealedSecret['kdf'], cipher: string): Uint8Array {
  const { format, version, network, createdAt } = header
  const wallet = [format, version, network.name, network.prefix, network.genesis, createdAt]
  const parameters = [kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt, cipher]
  return utf8.encode(JSON.stringify([...wallet, ...parameters]))
}

const deriveKey = (passphrase: string, kdf: SealedSecret['kdf']): Promise<Uint8Array> =>
  scryptAsync(passphraseBytes(passphrase), bytesOf(kdf.salt), {
    N: kdf.N,
    r: kdf.r,
    p: kdf.p,
    dkLen: KEY_BYTES,
  })

/**
 * Encrypts the secret: scrypt for the key, XChaCha20-Poly1305 with the header as associated data.
 * @throws CairnError `bip39-passphrase-too-long`
 */
export async function sealSecret(
  secret: WalletSecret,
  passphrase: string,
  header: KeystoreHeader,
  cost: ScryptCost,
  random: Random,
): Promise<SealedSecret> {
  const plain = encodeSecret(secret)
  const { N, r, p } = cost
  const kdf = { name: 'scrypt', N, r, p, salt: toHex(random.bytes(SALT_BYTES)) } as const
  const cipher = { name: 'xchacha20-poly1305', nonce: toHex(random.bytes(NONCE_BYTES)) } as const
  const key = await deriveKey(passphrase, kdf)
  try {
    const aead = xchacha20poly1305(key, bytesOf(cipher.nonce), associatedData(header, kdf, cipher.name))
    return { kdf, cipher, ciphertext: toHex(aead.encrypt(plain)) }
  } finally {
    key.fill(0)
    plain.fill(0)
  }
}

/**
 * The secret of a keystore.
 * @throws CairnError `wallet-passphrase-wrong`: the passphrase is wrong or a bound field was changed, which cannot be
 *   told apart
 */
export async function openSecret(
  header: KeystoreHeader,
  { kdf, cipher, ciphertext }: SealedSecret,
  passphrase: string,
): Promise<WalletSecret> {
  const key = await deriveKey(passphrase, kdf)
  try {
    const aead = xchacha20poly1305(key, bytesOf(cipher.nonce), associatedData(header, kdf, cipher.name))
    const plain = aead.decrypt(bytesOf(ciphertext))
    const secret = decodeSecret(plain)
    plain.fill(0)
    return secret
  } catch (cause) {
    throw new CairnError(
      'wallet-passphrase-wrong',
      'the passphrase is wrong, or the wallet file was changed',
      {},
      cause,
    )
  } finally {
    key.fill(0)
  }
}
