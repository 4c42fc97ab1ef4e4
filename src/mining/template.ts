import { concatBytes } from '../base/bytes.ts'
import { invariant } from '../base/errors.ts'
import { heightScript } from '../consensus/coinbase.ts'
import {
  HEADER_VERSION,
  MAX_BLOCK_SIGOPS_COST,
  MAX_BLOCK_WEIGHT,
  TRANSACTION_VERSION,
} from '../consensus/limits.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import { blockSubsidy } from '../consensus/subsidy.ts'
import {
  commitmentScript,
  WITNESS_RESERVED_VALUE,
  witnessCommitment,
} from '../consensus/witness-commitment.ts'
import type { ChainEntry } from '../ports/chain.ts'
import type { BlockTemplate } from '../ports/miner.ts'
import { type Block, makeBlock } from '../primitives/block.ts'
import { type Digest, HASH_BYTES, hashIdsBytes, toHashId } from '../primitives/hash.ts'
import { HEADER_BYTES, type HeaderFields, makeHeader } from '../primitives/header.ts'
import { merkleRoot } from '../primitives/merkle.ts'
import { NULL_OUTPOINT } from '../primitives/outpoint.ts'
import { targetOfBits } from '../primitives/target.ts'
import { makeTransaction, type Transaction } from '../primitives/transaction.ts'
import { type SelectionEntry, selectTransactions } from './selection.ts'

/** Bytes of the coinbase script that tell apart blocks that would otherwise be the same. */
export const EXTRA_NONCE_BYTES = 8

/** The header and a CompactSize count of up to 65,535 transactions, which is more than a block's weight has room for. */
const BLOCK_FRAME_WEIGHT = 4 * (HEADER_BYTES + 3)

export interface TemplateInput {
  readonly parameters: NetworkParameters
  readonly parent: ChainEntry
  /** the compact target that a child of `parent` has to state */
  readonly bits: number
  /** Unix seconds */
  readonly now: number
  /** pending transactions, parents before children */
  readonly entries: readonly SelectionEntry[]
  /** where the subsidy and the fees go */
  readonly scriptPubKey: Uint8Array
  /** `EXTRA_NONCE_BYTES` bytes */
  readonly extraNonce: Uint8Array
}

interface CoinbaseFields {
  readonly height: number
  readonly extraNonce: Uint8Array
  readonly value: number
  readonly scriptPubKey: Uint8Array
  readonly commitment: Digest
}

/** A coinbase after BIP34 (height first) and BIP141 (reserved value as its witness, commitment in an output). */
function makeCoinbase({ height, extraNonce, value, scriptPubKey, commitment }: CoinbaseFields): Transaction {
  const push = Uint8Array.of(extraNonce.length)
  return makeTransaction({
    version: TRANSACTION_VERSION,
    inputs: [
      {
        prevout: NULL_OUTPOINT,
        scriptSig: concatBytes(heightScript(height), push, extraNonce),
        sequence: 0xffff_ffff,
        witness: [WITNESS_RESERVED_VALUE],
      },
    ],
    outputs: [
      { value, scriptPubKey },
      { value: 0, scriptPubKey: commitmentScript(commitment) },
    ],
    lockTime: 0,
  })
}

/**
 * The block to mine on `parent`: the best-paying transactions that fit and are final, a coinbase that claims the
 * subsidy and their fees, and the time now, or the earliest that the rules allow where that is later.
 */
export function createBlockTemplate(input: TemplateInput): BlockTemplate {
  const { parameters, parent, bits, now, entries, scriptPubKey, extraNonce } = input
  const target = targetOfBits(bits)
  invariant(target !== undefined, 'the schedule asks for a target that exists')
  invariant(extraNonce.length === EXTRA_NONCE_BYTES, `an extra nonce has ${EXTRA_NONCE_BYTES} bytes`)
  const height = parent.height + 1
  const claim = { height, extraNonce, scriptPubKey }

  // Neither the value nor the commitment changes a coinbase's size, and it spends nothing that costs a signature.
  const blank = makeCoinbase({ ...claim, value: 0, commitment: new Uint8Array(HASH_BYTES) })
  const { transactions: chosen, fees } = selectTransactions(entries, {
    weight: MAX_BLOCK_WEIGHT - BLOCK_FRAME_WEIGHT - blank.weight,
    sigopsCost: MAX_BLOCK_SIGOPS_COST,
    height,
    medianTimePast: parent.medianTimePast,
  })
  const coinbase = makeCoinbase({
    ...claim,
    value: blockSubsidy(height, parameters) + fees,
    commitment: witnessCommitment([blank, ...chosen], WITNESS_RESERVED_VALUE),
  })
  const transactions = [coinbase, ...chosen]
  const header: HeaderFields = {
    version: HEADER_VERSION,
    previous: parent.hash,
    merkleRoot: toHashId(merkleRoot(hashIdsBytes(transactions.map((tx) => tx.txid))).root),
    time: Math.max(parent.medianTimePast + 1, now),
    bits,
    nonce: 0,
  }
  const extraNoncePlace = { offset: heightScript(height).length + 1, length: EXTRA_NONCE_BYTES }
  return { height, header, target, transactions, fees, extraNonce: extraNoncePlace }
}

/** The block of a template with the nonce that solves it. */
export const finishTemplate = ({ header, transactions }: BlockTemplate, nonce: number): Block =>
  makeBlock(makeHeader({ ...header, nonce }), transactions)
