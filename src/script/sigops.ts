import { instructionEnd } from './instruction.ts'
import { MAX_MULTISIG_KEYS, MAX_SCRIPT_BYTES } from './limits.ts'
import { OP } from './opcodes.ts'
import { isP2wpkh, isP2wsh } from './templates.ts'

/** BIP141: what spending an output costs of a block's signature operations. */
export function witnessSigops(scriptPubKey: Uint8Array, witness: readonly Uint8Array[]): number {
  if (isP2wpkh(scriptPubKey)) return 1
  const script = witness.at(-1)
  // A longer one cannot be run: it need not be counted, and may be very long.
  if (script === undefined || script.length > MAX_SCRIPT_BYTES) return 0
  return isP2wsh(scriptPubKey) ? countSigops(script) : 0
}

/**
 * Bitcoin Core's accurate count over a script, executed or not: one for each OP_CHECKSIG, and for each
 * OP_CHECKMULTISIG the number of keys where an OP_1 to OP_16 before it says it, else 20. It ends at a push that
 * reaches past the end.
 */
export function countSigops(script: Uint8Array): number {
  let sigops = 0
  let before: number | undefined
  for (let at = 0; at < script.length; ) {
    const opcode = script[at]!
    const end = instructionEnd(script, at)
    if (end === undefined) break
    if (opcode === OP.CHECKSIG || opcode === OP.CHECKSIGVERIFY) sigops += 1
    else if (opcode === OP.CHECKMULTISIG || opcode === OP.CHECKMULTISIGVERIFY)
      sigops +=
        before !== undefined && before >= OP['1'] && before <= OP['16']
          ? before - OP['1'] + 1
          : MAX_MULTISIG_KEYS
    before = opcode
    at = end
  }
  return sigops
}
