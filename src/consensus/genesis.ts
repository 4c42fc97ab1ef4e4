import { concatBytes } from '../base/bytes.ts'
import { type Block, makeBlock } from '../primitives/block.ts'
import { hashIdBytes, sha256, toHashId, ZERO_HASH } from '../primitives/hash.ts'
import { makeHeader } from '../primitives/header.ts'
import { merkleRoot } from '../primitives/merkle.ts'
import { NULL_OUTPOINT } from '../primitives/outpoint.ts'
import { makeTransaction } from '../primitives/transaction.ts'
import { heightScript } from './coinbase.ts'
import { HEADER_VERSION, TRANSACTION_VERSION } from './limits.ts'
import type { NetworkDefinition } from './parameters.ts'

const OP_RETURN = 0x6a

/**
 * A network's first block, derived from its definition and from nothing else: the coinbase commits to every field,
 * so that two networks that differ in a rule differ in their genesis hash. It creates no coin and needs no proof of
 * work.
 */
export function makeGenesis(definition: NetworkDefinition): Block {
  const fields = Object.keys(definition).sort() as (keyof NetworkDefinition)[]
  const canonical = JSON.stringify(fields.map((field) => [field, definition[field]]))
  const commitment = sha256(new TextEncoder().encode(canonical))
  const coinbase = makeTransaction({
    version: TRANSACTION_VERSION,
    inputs: [
      {
        prevout: NULL_OUTPOINT,
        scriptSig: concatBytes(
          heightScript(0),
          new TextEncoder().encode(`Cairn/${definition.name}`),
        ).subarray(0, 100),
        sequence: 0xffff_ffff,
        witness: [],
      },
    ],
    outputs: [
      { value: 0, scriptPubKey: concatBytes(Uint8Array.of(OP_RETURN, commitment.length), commitment) },
    ],
    lockTime: 0,
  })
  const header = makeHeader({
    version: HEADER_VERSION,
    previous: ZERO_HASH,
    merkleRoot: toHashId(merkleRoot(hashIdBytes(coinbase.txid)).root),
    time: definition.genesisTime,
    bits: definition.initialBits,
    nonce: 0,
  })
  return makeBlock(header, [coinbase])
}
