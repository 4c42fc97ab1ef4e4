import { HDKey } from '@scure/bip32'
import { fromHex } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import { encodeAddress } from '../script/address.ts'
import { isCompressedKey } from '../script/public-key.ts'
import { parseAccountKey } from '../wallet/account-key.ts'
import {
  type Contract,
  contractDescriptor,
  contractScript,
  parseContract,
  scriptPubKeyOf,
} from '../wallet/contracts/contract.ts'
import { isTimeLock, roundedLock, type TimeLock } from '../wallet/contracts/time-lock.ts'
import { UsageError } from './failure.ts'
import { wholeOption } from './wallet-options.ts'

export interface LockOptions {
  readonly height?: string
  readonly time?: string
  readonly blocks?: string
  readonly seconds?: string
}

/** The one time lock that the options name. */
export function lockOption(options: LockOptions): TimeLock {
  const locks = (['height', 'time', 'blocks', 'seconds'] as const).flatMap((kind) => {
    const value = wholeOption(`--${kind}`, options[kind], 1, 0xffff_ffff)
    return value === undefined ? [] : [{ kind, value }]
  })
  const [lock] = locks
  if (lock === undefined || locks.length > 1)
    throw new UsageError('until when? One of --height, --time, --blocks and --seconds')
  const rounded = roundedLock(lock)
  if (isTimeLock(rounded)) return rounded
  throw new UsageError(`--${lock.kind} is ${lock.value}, which a script cannot say`)
}

/** A compressed public key as hex. */
export function publicKeyOption(option: string, text: string): Uint8Array {
  const key = fromHex(text)
  if (key === undefined || !isCompressedKey(key))
    throw new UsageError(
      `${option} is ${JSON.stringify(text)}, but has to be a public key of 66 hex digits (\`cairn wallet address --new --key\`)`,
    )
  return key
}

/** A public key, or the child `0/<index>` of an account's. Nothing that might be a private key is repeated. */
export function signerOption(text: string, index: number): Uint8Array {
  if (/^[0-9a-f]{66}$/i.test(text)) return publicKeyOption('--key', text)
  try {
    const { xpub } = parseAccountKey(text)
    return HDKey.fromExtendedKey(xpub).deriveChild(0).deriveChild(index).publicKey!
  } catch (error) {
    throw error instanceof CairnError ? new UsageError(`--key: ${error.message}`) : error
  }
}

/** The contract of `--script`, of the kind that the command is about. */
export function scriptOption<Kind extends Contract['kind']>(
  text: string,
  kind: Kind,
): Extract<Contract, { kind: Kind }> {
  const script = fromHex(text)
  const contract = script && parseContract(script)
  if (contract === undefined)
    throw new UsageError('--script is not the script of a contract, as `create` shows it in hex')
  if (contract.kind !== kind)
    throw new UsageError(`--script is that of a contract of the kind ${contract.kind}, not ${kind}`)
  return contract as Extract<Contract, { kind: Kind }>
}

/** A contract as commands show it. */
export interface ContractFacts {
  readonly address: string
  /** the witness script */
  readonly script: Uint8Array
  readonly descriptor: string
}

export function contractFacts(contract: Contract, prefix: string): ContractFacts {
  const script = contractScript(contract)
  const address = encodeAddress(scriptPubKeyOf(script), prefix)!
  return { address, script, descriptor: contractDescriptor(contract) }
}
