import { concatBytes } from '../../src/base/bytes.ts'
import { heightScript } from '../../src/consensus/coinbase.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import {
  commitmentScript,
  WITNESS_RESERVED_VALUE,
  witnessCommitment,
} from '../../src/consensus/witness-commitment.ts'
import type { ChainEntry, ChainView } from '../../src/ports/chain.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { hashIdsBytes, toHashId } from '../../src/primitives/hash.ts'
import { type HeaderFields, makeHeader } from '../../src/primitives/header.ts'
import { merkleRoot } from '../../src/primitives/merkle.ts'
import { NULL_OUTPOINT } from '../../src/primitives/outpoint.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import { makeTransaction, type Transaction, type TxOutput } from '../../src/primitives/transaction.ts'

export interface BlockPlan {
  readonly transactions?: readonly Transaction[]
  /** base units that the transactions leave to the miner */
  readonly fees?: number
  readonly scriptPubKey: Uint8Array
  /** distinguishes coinbases at one height */
  readonly tag?: string
  /** replaces the coinbase's outputs before the commitment */
  readonly coinbaseOutputs?: readonly TxOutput[]
  readonly coinbaseHeight?: number
  readonly header?: Partial<HeaderFields>
}

/** The coinbase of a plan for the block at `height`, with its witness commitment. */
export function buildCoinbase(parameters: NetworkParameters, height: number, plan: BlockPlan): Transaction {
  const value = blockSubsidy(height, parameters) + (plan.fees ?? 0)
  const make = (extra: readonly TxOutput[]) =>
    makeTransaction({
      version: 2,
      lockTime: 0,
      inputs: [
        {
          prevout: NULL_OUTPOINT,
          scriptSig: concatBytes(
            heightScript(plan.coinbaseHeight ?? height),
            new TextEncoder().encode(`/${plan.tag ?? 'test'}/`),
          ),
          sequence: 0xffff_ffff,
          witness: [WITNESS_RESERVED_VALUE],
        },
      ],
      outputs: [...(plan.coinbaseOutputs ?? [{ value, scriptPubKey: plan.scriptPubKey }]), ...extra],
    })
  const commitment = witnessCommitment([make([]), ...(plan.transactions ?? [])], WITNESS_RESERVED_VALUE)
  return make([{ value: 0, scriptPubKey: commitmentScript(commitment) }])
}

/** Finds a nonce: only for networks with next to no difficulty. */
export function solve(fields: HeaderFields, transactions: readonly Transaction[]): Block {
  const target = targetOfBits(fields.bits)!
  for (let nonce = fields.nonce; ; nonce++) {
    const header = makeHeader({ ...fields, nonce })
    if (hashValue(header.hash) <= target) return makeBlock(header, transactions)
  }
}

/** A block with these transactions (a coinbase first) that is right in everything that its header commits to. */
export function buildWith(
  chain: Pick<ChainView, 'parameters' | 'nextBits'>,
  parent: ChainEntry,
  transactions: readonly Transaction[],
  header: Partial<HeaderFields> = {},
): Block {
  const root = merkleRoot(hashIdsBytes(transactions.map((tx) => tx.txid))).root
  return solve(
    {
      version: 1,
      previous: parent.hash,
      merkleRoot: toHashId(root),
      time: parent.medianTimePast + 1,
      bits: header.bits ?? chain.nextBits(parent),
      nonce: 0,
      ...header,
    },
    transactions,
  )
}

/** A valid block on `parent`, unless the plan says otherwise. */
export function buildBlock(
  chain: Pick<ChainView, 'parameters' | 'nextBits'>,
  parent: ChainEntry,
  plan: BlockPlan,
): Block {
  const coinbase = buildCoinbase(chain.parameters, parent.height + 1, plan)
  return buildWith(chain, parent, [coinbase, ...(plan.transactions ?? [])], plan.header)
}
