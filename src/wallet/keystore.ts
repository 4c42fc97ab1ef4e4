import { HDKey } from '@scure/bip32'
import { z } from 'zod'
import { CairnError } from '../base/errors.ts'
import { MAX_ADDRESSES } from './account.ts'

/** A wallet file is about 1 kB; nothing longer is parsed. */
export const MAX_KEYSTORE_BYTES = 65_536

/** scrypt needs 128 * N * r bytes: a file cannot ask for more than this. */
export const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024
/** scrypt's p multiplies the time, not the memory. */
export const MAX_SCRYPT_PARALLELISM = 4

export const SALT_BYTES = 32
export const NONCE_BYTES = 24
const TAG_BYTES = 16

const hex = (minBytes: number, maxBytes = minBytes) =>
  z
    .string()
    .regex(new RegExp(`^(?:[0-9a-f]{2}){${minBytes},${maxBytes}}$`), 'not lower-case hex of the right length')

const isPowerOfTwo = (value: number): boolean => value >= 2 && Number.isInteger(Math.log2(value))

function isExtendedPublicKey(text: string): boolean {
  try {
    return HDKey.fromExtendedKey(text).privateKey === null
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

const schema = z.strictObject({
  format: z.literal('cairn-wallet'),
  version: z.literal(1),
  network: z.strictObject({
    name: z.string().min(1).max(64),
    prefix: z.string().regex(/^[a-z0-9]{1,32}$/, 'not lower-case letters and digits'),
    genesis: hex(32),
  }),
  account: z.strictObject({
    path: z.string().regex(/^m\/84'\/\d{1,10}'\/0'$/, "not m/84'/<coin type>'/0'"),
    xpub: z.string().max(128).refine(isExtendedPublicKey, 'not an extended public key'),
    fingerprint: hex(4),
  }),
  createdAt: z.int().min(0),
  next: indices,
  used: indices,
  secret: z.strictObject({
    kdf: scryptCost,
    cipher: z.strictObject({ name: z.literal('xchacha20-poly1305'), nonce: hex(NONCE_BYTES) }),
    ciphertext: hex(16 + TAG_BYTES, 32 + TAG_BYTES),
  }),
})

/** A wallet's file, version 1: what it says is in this room's README. Hex is lower-case, times are Unix seconds. */
export type Keystore = Readonly<z.infer<typeof schema>>

/** The part that the passphrase's seal binds: everything but the address counters and the seal itself. */
export type KeystoreHeader = Pick<Keystore, 'format' | 'version' | 'network' | 'account' | 'createdAt'>

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
  if (Number.isInteger(version) && version !== 1)
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
