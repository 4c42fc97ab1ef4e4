import { HDKey } from '@scure/bip32'
import { CairnError } from '../base/errors.ts'

/** The public side of an account: its addresses follow from it. */
export interface AccountKey {
  /** from the master key: `m/84'/1'/0'`; `m` where only the key itself is known */
  readonly path: string
  /** the account's extended public key in BIP32's own encoding (`xpub`, whichever the network) */
  readonly xpub: string
  /** BIP32 fingerprint of the key that the path begins at, 8 hex digits */
  readonly fingerprint: string
}

/** BIP32 writes hardened steps with `'`, some tools with `h` or `H`. */
const ORIGIN = /^\[([0-9a-f]{8})((?:\/\d{1,10}['hH]?){0,10})\]([1-9A-HJ-NP-Za-km-z]{1,128})$/i

export const fingerprintText = (fingerprint: number): string => fingerprint.toString(16).padStart(8, '0')

/**
 * Reads an account's public key as output descriptors write it, `[73c5da0a/84'/1'/0']xpub…` (BIP380), or an `xpub…`
 * alone.
 * @throws CairnError `account-key-invalid`; the message never quotes the text, which might be a private key
 */
export function parseAccountKey(text: string): AccountKey {
  const trimmed = text.trim()
  const [, origin, steps = '', inBrackets] = ORIGIN.exec(trimmed) ?? []
  const xpub = inBrackets ?? trimmed
  const key = extendedKey(xpub)
  if (key.privateKey !== null)
    throw invalid('this is a private extended key: keep it secret, and give the public one (xpub…)')
  const path = `m${steps.replaceAll(/[hH]/g, "'")}`
  return { path, xpub, fingerprint: origin?.toLowerCase() ?? fingerprintText(key.fingerprint) }
}

function extendedKey(text: string): HDKey {
  try {
    return HDKey.fromExtendedKey(text)
  } catch {
    // no cause: the library's message may quote the key
    throw invalid("not an extended public key such as xpub… or [73c5da0a/84'/1'/0']xpub…")
  }
}

const invalid = (message: string): CairnError => new CairnError('account-key-invalid', message)

/** As `parseAccountKey` reads it. */
export const formatAccountKey = ({ path, xpub, fingerprint }: AccountKey): string =>
  `[${fingerprint}${path.slice(1)}]${xpub}`

/** BIP32 path as numbers, hardened ones from 2^31 on. */
export const pathIndices = (path: string): number[] =>
  path
    .split('/')
    .slice(1)
    .map((step) => Number.parseInt(step, 10) + (step.endsWith("'") ? 0x8000_0000 : 0))
