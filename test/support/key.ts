import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../../src/base/bytes.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { hash160, sha256 } from '../../src/primitives/hash.ts'
import type { OutPoint } from '../../src/primitives/outpoint.ts'
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
  type TxOutput,
} from '../../src/primitives/transaction.ts'
import { createSighashCache, SIGHASH_ALL, witnessSighash } from '../../src/script/sighash.ts'
import { p2wpkhScript, p2wpkhScriptCode } from '../../src/script/templates.ts'

/** A key pair with its P2WPKH output. */
export interface TestKey {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
  readonly scriptPubKey: Uint8Array
}

/** The key of a name: the same in every run. */
export function testKey(name: string): TestKey {
  const secret = sha256(new TextEncoder().encode(`test key ${name}`))
  const publicKey = secp256k1.getPublicKey(secret, true)
  return { secret, publicKey, scriptPubKey: p2wpkhScript(hash160(publicKey)) }
}

export interface TestInput {
  readonly outPoint: OutPoint
  readonly coin: Pick<Coin, 'value'>
  readonly key: TestKey
  readonly sequence?: number
}

/** A signed transaction that spends P2WPKH coins. */
export function pay(
  inputs: readonly TestInput[],
  outputs: readonly TxOutput[],
  { lockTime = 0, version = 2, hashType = SIGHASH_ALL } = {},
): Transaction {
  const unsigned: TransactionFields = {
    version,
    lockTime,
    outputs,
    inputs: inputs.map(({ outPoint, sequence = 0xffff_fffd }) => ({
      prevout: outPoint,
      scriptSig: new Uint8Array(0),
      sequence,
      witness: [],
    })),
  }
  const cache = createSighashCache(unsigned)
  return makeTransaction({
    ...unsigned,
    inputs: unsigned.inputs.map((input, index) => {
      const { coin, key } = inputs[index]!
      const code = p2wpkhScriptCode(key.scriptPubKey.subarray(2))
      const digest = witnessSighash(cache, index, code, coin.value, hashType)
      const der = secp256k1.sign(digest, key.secret, { prehash: false, lowS: true, format: 'der' })
      return { ...input, witness: [concatBytes(der, Uint8Array.of(hashType)), key.publicKey] }
    }),
  })
}
