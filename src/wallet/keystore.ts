import { z } from 'zod'
import { CairnError } from '../base/errors.ts'
import { MAX_ACCOUNTS, MAX_ADDRESSES } from './account.ts'
import { parseAccountKey } from './account-key.ts'
import { SECRET_BYTES } from './mnemonic.ts'
import { MAX_GAP_LIMIT } from './scan.ts'

/** A wallet file is about 2 kB; nothing longer is parsed. */
export const MAX_KEYSTORE_BYTES = 65_536

/** scrypt needs 128 * N * r bytes: a file cannot ask for more than this. */
export const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024
/** scrypt's p multiplies the time, not the memory. */
export const MAX_SCRYPT_PARALLELISM = 4

export const SALT_BYTES = 32
export const NONCE_BYTES = 24
const TAG_BYTES = 16

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^(?:[0-9a-f]{2}){${bytes}}$`), 'not lower-case hex of the right length')

const isPowerOfTwo = (value: number): boolean => value >= 2 && Number.isInteger(Math.log2(value))

function isExtendedPublicKey(text: string): boolean {
  try {
    return parseAccountKey(text).xpub === text
  } catch {
    return false
  }
}

const scryptCost = z
  .strictObject({
    name: z.literal('scrypt'),
    N: z.number().refine(isPowerOfTwo, 'not a power of two'),
    r: z.int().min(8),
    p: z.int().min(1).max(MAX_SCRYPT_PARALLELISM),
    salt: hex(SALT_BYTES),
  })
  .refine(
    ({ N, r }) => 128 * N * r <= MAX_SCRYPT_MEMORY,
    `needs more than ${MAX_SCRYPT_MEMORY} bytes of memory`,
  )

const indices = z.strictObject({
  receive: z.int().min(0).max(MAX_ADDRESSES),
  change: z.int().min(0).max(MAX_ADDRESSES),
})

const account = z.strictObject({
  path: z.string().regex(/^m(?:\/\d{1,10}'?){0,10}$/, "not a path such as m/84'/1'/0'"),
  xpub: z.string().max(128).refine(isExtendedPublicKey, 'not an extended public key'),
  fingerprint: hex(4),
  next: indices,
  used: indices,
})

const VERSION = 2

const schema = z.strictObject({
  format: z.literal('cairn-wallet'),
  version: z.literal(VERSION),
  network: z.strictObject({
    name: z.string().min(1).max(64),
    prefix: z.string().regex(/^[a-z0-9]{1,32}$/, 'not lower-case letters and digits'),
    genesis: hex(32),
  }),
  createdAt: z.int().min(0),
  gapLimit: z.int().min(1).max(MAX_GAP_LIMIT),
  accounts: z.array(account).min(1).max(MAX_ACCOUNTS),
  secret: z
    .strictObject({
      kdf: scryptCost,
      cipher: z.strictObject({ name: z.literal('xchacha20-poly1305'), nonce: hex(NONCE_BYTES) }),
      ciphertext: hex(SECRET_BYTES + TAG_BYTES),
    })
    .nullable(),
})

/** A wallet's file, version 2: what it says is in this room's README. Hex is lower-case, times are Unix seconds. */
export type Keystore = Readonly<z.infer<typeof schema>>

/** An account as the file has it, with its address counters. */
export type KeystoreAccount = Keystore['accounts'][number]

/** What the passphrase opens. */
export type SealedSecret = NonNullable<Keystore['secret']>

/** The part that the passphrase's seal binds: what does not change once the wallet is made. */
export type KeystoreHeader = Pick<Keystore, 'format' | 'version' | 'network' | 'createdAt'>

/**
 * Reads a wallet file that may have been changed by anyone.
 * @throws CairnError `wallet-file-invalid` with the field, or `wallet-version-unknown`
 */
export function parseKeystore(text: string): Keystore {
  if (text.length > MAX_KEYSTORE_BYTES)
    throw new CairnError('wallet-file-invalid', `the wallet file is longer than ${MAX_KEYSTORE_BYTES} bytes`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CairnError('wallet-file-invalid', 'the wallet file is not JSON', {}, cause)
  }
  const version = (json as { version?: unknown } | null)?.version
  if (Number.isInteger(version) && version !== VERSION)
    throw new CairnError(
      'wallet-version-unknown',
      `version ${version} of the wallet file is not known here`,
      {
        version,
      },
    )
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'the file'
  throw new CairnError('wallet-file-invalid', `wallet file: ${field}: ${issue?.message ?? 'wrong'}`, {
    field,
  })
}

/** The file's text. */
export const encodeKeystore = (keystore: Keystore): string => `${JSON.stringify(keystore, undefined, 2)}\n`
