import { bech32 } from '@scure/base'
import { err, ok, type Result } from '../base/result.ts'
import { classifyScript, p2wpkhScript, p2wshScript } from './templates.ts'

/** Why a text is not an address of the network. */
export interface AddressError {
  readonly code: 'address-malformed' | 'address-of-other-network' | 'address-version-unknown'
  readonly message: string
}

/** BIP173: the bech32 address of a witness-v0 output, or undefined for any other script. */
export function encodeAddress(scriptPubKey: Uint8Array, prefix: string): string | undefined {
  const template = classifyScript(scriptPubKey)
  if (template === undefined || template.kind === 'op-return') return undefined
  return bech32.encode(prefix, [0, ...bech32.toWords(template.program)])
}

/** BIP173: the output script that `text` pays to on the network with this prefix. */
export function decodeAddress(text: string, prefix: string): Result<Uint8Array, AddressError> {
  const decoded = bech32.decodeUnsafe(text)
  if (decoded === undefined)
    return err({ code: 'address-malformed', message: `not a bech32 address (expected ${prefix}1…)` })
  if (decoded.prefix !== prefix)
    return err({
      code: 'address-of-other-network',
      message: `an address that begins with ${decoded.prefix}1, but this network's begin with ${prefix}1`,
    })
  const [version, ...words] = decoded.words
  const program = bech32.fromWordsUnsafe(words)
  if (version === undefined || !program)
    return err({ code: 'address-malformed', message: 'the address holds no whole bytes' })
  if (version !== 0)
    return err({
      code: 'address-version-unknown',
      message: `witness version ${version} is not in use on this network`,
    })
  if (program.length === 20) return ok(p2wpkhScript(program))
  if (program.length === 32) return ok(p2wshScript(program))
  return err({ code: 'address-malformed', message: `a program of ${program.length} bytes, not 20 or 32` })
}
