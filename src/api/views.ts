import { toHex } from '../base/bytes.ts'
import type { ChainEntry, ChainView } from '../ports/chain.ts'
import { isCoinbase, type Transaction, virtualSize } from '../primitives/transaction.ts'
import { encodeAddress } from '../script/address.ts'
import type { BlockHeaderView, TransactionView } from './schemas.ts'

export const workHex = (work: bigint): string => work.toString(16)

/** A compact target. */
export const bitsHex = (bits: number): string => bits.toString(16).padStart(8, '0')

export const blockRef = ({ hash, height }: ChainEntry) => ({ hash, height })

export function headerView({ header, hash, height, work, medianTimePast }: ChainEntry): BlockHeaderView {
  const { previous, merkleRoot, version, time, nonce } = header
  return {
    hash,
    height,
    previous,
    merkleRoot,
    version,
    time,
    medianTimePast,
    bits: bitsHex(header.bits),
    nonce,
    work: workHex(work),
  }
}

/** 1 for the tip, 0 beside the best chain. */
export const confirmationsOf = (chain: ChainView, { hash, height }: ChainEntry): number =>
  chain.isConnected(hash) ? chain.tip().height - height + 1 : 0

/** What a transaction is in itself, wherever it stands. */
export function transactionContent(tx: Transaction, prefix: string) {
  return {
    txid: tx.txid,
    wtxid: tx.wtxid,
    version: tx.version,
    lockTime: tx.lockTime,
    size: tx.bytes.length,
    virtualSize: virtualSize(tx.weight),
    weight: tx.weight,
    coinbase: isCoinbase(tx),
    inputs: tx.inputs.map(({ prevout, scriptSig, sequence, witness }) => ({
      ...prevout,
      scriptSig: toHex(scriptSig),
      sequence,
      witness: witness.map(toHex),
    })),
    outputs: tx.outputs.map(({ value, scriptPubKey }) => ({
      value,
      scriptPubKey: toHex(scriptPubKey),
      address: encodeAddress(scriptPubKey, prefix) ?? null,
    })),
    hex: toHex(tx.bytes),
  } satisfies Omit<TransactionView, 'status' | 'block' | 'fee'>
}
