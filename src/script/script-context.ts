import type { Digest } from '../primitives/hash.ts'
import { type SighashCache, witnessSighash } from './sighash.ts'

/** What a script may ask of the transaction that spends its output. */
export interface ScriptContext {
  readonly version: number
  readonly lockTime: number
  /** of the input */
  readonly sequence: number
  /** What a signature with this hash type signs; `scriptCode` is the script from its last code separator on. */
  sighash(scriptCode: Uint8Array, hashType: number): Digest
}

/** BIP143: input `index` of the cache's transaction, which spends an output of `value` base units. */
export function inputContext(cache: SighashCache, index: number, value: number): ScriptContext {
  const { version, lockTime, inputs } = cache.transaction
  return {
    version,
    lockTime,
    sequence: inputs[index]!.sequence,
    sighash: (scriptCode, hashType) => witnessSighash(cache, index, scriptCode, value, hashType),
  }
}
