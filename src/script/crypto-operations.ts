import { ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { hash160, sha256, sha256d } from '../primitives/hash.ts'
import { MAX_MULTISIG_KEYS } from './limits.ts'
import { OP } from './opcodes.ts'
import { isCompressedKey } from './public-key.ts'
import type { Operation, Operations, ScriptMachine } from './script-machine.ts'
import { booleanItem } from './script-number.ts'
import type { DigestSignature } from './signature-check.ts'
import { hashTypeOf, parseSignature } from './signature-encoding.ts'
import type { ScriptFault } from './verdict.ts'

const hashing =
  (hash: (bytes: Uint8Array) => Uint8Array): Operation =>
  ({ stack }) => {
    const item = stack.pop()
    if (item === undefined) return 'stack-too-short'
    stack.push(hash(item))
  }

/** What a signature item signs and says, or why it is none. */
function readSignature(machine: ScriptMachine, item: Uint8Array): DigestSignature | ScriptFault {
  const signature = parseSignature(item)
  return signature.ok
    ? { digest: machine.sighash(hashTypeOf(item)), signature: signature.value }
    : signature.error
}

/*
 * NULLFAIL (BIP146): a signature that is not empty has to hold, or the script fails. So no curve is needed to go on:
 * the answer is true, and what makes it true is noted down for whoever verifies.
 */

const checkSignature: Operation = (machine) => {
  const { stack, checks } = machine
  if (stack.length < 2) return 'stack-too-short'
  const publicKey = stack.pop()!
  const item = stack.pop()!
  if (item.length === 0) {
    if (!isCompressedKey(publicKey)) return 'public-key-not-compressed'
  } else {
    const read = readSignature(machine, item)
    if (typeof read === 'string') return read
    if (!isCompressedKey(publicKey)) return 'public-key-not-compressed'
    checks.push({ kind: 'single', publicKey, ...read })
  }
  stack.push(booleanItem(item.length > 0))
}

/** The number on top of the stack, from 0 to `most`. */
function popCount(machine: ScriptMachine, most: number, fault: ScriptFault): number | ScriptFault {
  if (machine.stack.length < 1) return 'stack-too-short'
  const count = machine.number(0)
  if (typeof count === 'string') return count
  if (count < 0 || count > most) return fault
  machine.stack.pop()
  return count
}

/** The items on top of the stack, the topmost first; undefined where there are not as many. */
function popItems({ stack }: ScriptMachine, count: number): Uint8Array[] | undefined {
  return stack.length < count ? undefined : stack.splice(stack.length - count).reverse()
}

const checkMultisig: Operation = (machine) => {
  const keyCount = popCount(machine, MAX_MULTISIG_KEYS, 'multisig-key-count-wrong')
  if (typeof keyCount === 'string') return keyCount
  if (!machine.count(keyCount)) return 'script-operations-exceeded'
  const keys = popItems(machine, keyCount)
  if (keys === undefined) return 'stack-too-short'
  const signatureCount = popCount(machine, keyCount, 'multisig-signature-count-wrong')
  if (typeof signatureCount === 'string') return signatureCount
  const items = popItems(machine, signatureCount)
  const dummy = machine.stack.pop()
  if (items === undefined || dummy === undefined) return 'stack-too-short'
  const fault = noteMultisig(machine, keys, items)
  if (fault !== undefined) return fault
  // BIP147: the item that Bitcoin's first version took by mistake
  if (dummy.length > 0) return 'multisig-dummy-not-null'
  machine.stack.push(booleanItem(items.every((item) => item.length > 0)))
}

/** Both lists in the order in which they are tried. */
function noteMultisig(
  machine: ScriptMachine,
  keys: readonly Uint8Array[],
  items: readonly Uint8Array[],
): ScriptFault | undefined {
  if (items.length === 0) return
  const empty = items.filter((item) => item.length === 0).length
  if (empty === items.length) {
    // It fails with fewer keys left than signatures; each key that is tried until then has to be compressed.
    const tried = keys.slice(0, keys.length - items.length + 1)
    return tried.every(isCompressedKey) ? undefined : 'public-key-not-compressed'
  }
  if (empty > 0) return 'signature-not-null'
  const signatures: DigestSignature[] = []
  for (const item of items) {
    const read = readSignature(machine, item)
    if (typeof read === 'string') return read
    signatures.push(read)
  }
  const publicKeys = keys.map((key) => (isCompressedKey(key) ? key : undefined))
  machine.checks.push({ kind: 'multisig', publicKeys, signatures })
}

export const CRYPTO_OPERATIONS: Operations = {
  [OP.RIPEMD160]: hashing(ripemd160),
  [OP.SHA1]: hashing(sha1),
  [OP.SHA256]: hashing(sha256),
  [OP.HASH160]: hashing(hash160),
  [OP.HASH256]: hashing((bytes) => sha256d(bytes)),

  [OP.CODESEPARATOR]: (machine) => void machine.separateCode(),
  [OP.CHECKSIG]: checkSignature,
  [OP.CHECKSIGVERIFY]: (machine) => checkSignature(machine) ?? machine.verify('signature-verify-failed'),
  [OP.CHECKMULTISIG]: checkMultisig,
  [OP.CHECKMULTISIGVERIFY]: (machine) => checkMultisig(machine) ?? machine.verify('multisig-verify-failed'),
}
