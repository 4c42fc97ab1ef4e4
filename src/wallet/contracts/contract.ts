import { compareBytes, equalBytes, toHex } from '../../base/bytes.ts'
import { CairnError } from '../../base/errors.ts'
import { sha256 } from '../../primitives/hash.ts'
import { OP } from '../../script/opcodes.ts'
import { isCompressedKey } from '../../script/public-key.ts'
import { p2wshScript } from '../../script/templates.ts'
import { numberOf, type ReadPart, readScript, writeScript } from './script-text.ts'
import { isTimeLock, lockParts, lockText, readLock, type TimeLock } from './time-lock.ts'

/** The signatures of so many of the keys. Keys stand in the order of their bytes (BIP67). */
export interface Multisig {
  readonly kind: 'multisig'
  readonly required: number
  readonly publicKeys: readonly Uint8Array[]
}

/** One key, from some time on. */
export interface Vault {
  readonly kind: 'vault'
  readonly publicKey: Uint8Array
  readonly lock: TimeLock
}

/** Hashed time-lock contract: the recipient with the preimage of the hash at any time, or the funder from some time on. */
export interface Htlc {
  readonly kind: 'htlc'
  /** SHA-256 of a preimage of 32 bytes */
  readonly hash: Uint8Array
  readonly recipient: Uint8Array
  readonly refund: Uint8Array
  readonly lock: TimeLock
}

/** A script that a P2WSH output pays to. */
export type Contract = Multisig | Vault | Htlc

/** The most keys that miniscript's `multi` and the standard finalizers take in P2WSH. */
export const MAX_KEYS = 15

export const PREIMAGE_BYTES = 32

/** The witness script. @throws CairnError `contract-invalid` */
export function contractScript(contract: Contract): Uint8Array {
  const fault = faultOf(contract)
  if (fault !== undefined) throw new CairnError('contract-invalid', fault)
  switch (contract.kind) {
    case 'multisig': {
      const { required, publicKeys } = contract
      const keys = publicKeys.toSorted(compareBytes)
      return writeScript(required, ...keys, keys.length, 'CHECKMULTISIG')
    }
    case 'vault':
      return writeScript(...lockParts(contract.lock), contract.publicKey, 'CHECKSIG')
    case 'htlc': {
      const { hash, recipient, refund, lock } = contract
      return writeScript(
        'IF',
        ...(['SIZE', PREIMAGE_BYTES, 'EQUALVERIFY', 'SHA256', hash, 'EQUALVERIFY'] as const),
        ...([recipient, 'CHECKSIG', 'ELSE'] as const),
        ...lockParts(lock),
        ...([refund, 'CHECKSIG', 'ENDIF'] as const),
      )
    }
  }
}

function faultOf(contract: Contract): string | undefined {
  const keys = keysOf(contract)
  if (!keys.every(isCompressedKey)) return 'a public key has 33 bytes, of which the first is 2 or 3'
  if (contract.kind === 'multisig') {
    const { required } = contract
    if (keys.length < 1 || keys.length > MAX_KEYS) return `there have to be 1 to ${MAX_KEYS} keys`
    if (!Number.isInteger(required) || required < 1 || required > keys.length)
      return `of ${keys.length} keys, 1 to ${keys.length} can be required`
    if (new Set(keys.map(toHex)).size < keys.length) return 'a key stands there twice'
    return undefined
  }
  if (!isTimeLock(contract.lock)) return 'the time lock is out of range'
  return contract.kind === 'htlc' && contract.hash.length !== 32 ? 'the hash has 32 bytes' : undefined
}

/** Every key that may sign. */
export function keysOf(contract: Contract): readonly Uint8Array[] {
  if (contract.kind === 'multisig') return contract.publicKeys
  return contract.kind === 'vault' ? [contract.publicKey] : [contract.recipient, contract.refund]
}

/** The output that pays to a witness script (BIP141). */
export const scriptPubKeyOf = (script: Uint8Array): Uint8Array => p2wshScript(sha256(script))

/** The contract that a witness script is, or undefined where it is none of ours, byte by byte. */
export function parseContract(script: Uint8Array): Contract | undefined {
  const parts = readScript(script)
  const contract = parts && (readMultisig(parts) ?? readVault(parts) ?? readHtlc(parts))
  if (contract === undefined || faultOf(contract) !== undefined) return undefined
  return equalBytes(contractScript(contract), script) ? contract : undefined
}

const dataOf = (part: ReadPart | undefined): Uint8Array =>
  part !== undefined && 'data' in part ? part.data : new Uint8Array(0)

function readMultisig(parts: readonly ReadPart[]): Multisig | undefined {
  const last = parts.at(-1)
  if (last === undefined || !('opcode' in last) || last.opcode !== OP.CHECKMULTISIG) return undefined
  const required = numberOf(parts[0], 1)
  return required === undefined
    ? undefined
    : { kind: 'multisig', required, publicKeys: parts.slice(1, -2).map(dataOf) }
}

function readVault(parts: readonly ReadPart[]): Vault | undefined {
  const lock = readLock(parts[0], parts[1])
  return lock && { kind: 'vault', lock, publicKey: dataOf(parts[3]) }
}

/** Where they stand in the script. */
const HTLC = { hash: 5, recipient: 7, lock: 10, refund: 13 } as const

function readHtlc(parts: readonly ReadPart[]): Htlc | undefined {
  const lock = readLock(parts[HTLC.lock], parts[HTLC.lock + 1])
  if (lock === undefined) return undefined
  const [hash, recipient, refund] = [HTLC.hash, HTLC.recipient, HTLC.refund].map((at) => dataOf(parts[at]))
  return { kind: 'htlc', hash: hash!, recipient: recipient!, refund: refund!, lock }
}

/** The contract as an output descriptor in miniscript: what other wallets import, and a person can check. */
export function contractDescriptor(contract: Contract): string {
  if (contract.kind === 'multisig') {
    const keys = contract.publicKeys.toSorted(compareBytes).map(toHex)
    return `wsh(multi(${[contract.required, ...keys].join(',')}))`
  }
  const { lock } = contract
  if (contract.kind === 'vault') return `wsh(and_v(v:${lockText(lock)},pk(${toHex(contract.publicKey)})))`
  const claim = `and_v(v:sha256(${toHex(contract.hash)}),pk(${toHex(contract.recipient)}))`
  return `wsh(or_i(${claim},and_v(v:${lockText(lock)},pk(${toHex(contract.refund)}))))`
}
