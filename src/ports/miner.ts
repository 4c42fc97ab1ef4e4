import type { Result } from '../base/result.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { HeaderFields } from '../primitives/header.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { BlockAccepted } from './chain.ts'

/** A header to find a nonce for. */
export interface NonceJob {
  /** 80 bytes; the nonce field is ignored */
  readonly header: Uint8Array
  /** the hash as a number has to be at most this */
  readonly target: bigint
}

/** Searches the 32-bit nonce space of headers on every thread that it has. */
export interface NonceSearch {
  readonly threads: number
  /**
   * The nonce of the first solution found, or undefined where the whole space holds none.
   * Rejects with the signal's reason when it aborts; a second search waits for the first.
   */
  search(job: NonceJob, signal: AbortSignal): Promise<number | undefined>
  /** hashes computed since the start, over all threads */
  hashes(): number
  close(): Promise<void>
}

/** A block that lacks nothing but its nonce. */
export interface BlockTemplate {
  readonly height: number
  /** the nonce is 0 */
  readonly header: HeaderFields
  /** the header's bits as a number */
  readonly target: bigint
  /** the coinbase first */
  readonly transactions: readonly Transaction[]
  /** base units */
  readonly fees: number
  /** where in the coinbase's script the bytes stand that a miner may choose */
  readonly extraNonce: { readonly offset: number; readonly length: number }
}

export interface MinerStatus {
  readonly mining: boolean
  readonly threads: number
  /** hashes a second over the last seconds; 0 while idle */
  readonly hashesPerSecond: number
  /** blocks found since the start */
  readonly blocksFound: number
  /** where rewards go, where that is set */
  readonly address: string | undefined
}

export interface Miner {
  status(): MinerStatus
  /** Mines from now on, paying to `scriptPubKey`, until `stop`. */
  start(scriptPubKey: Uint8Array, address: string): void
  stop(): Promise<void>
  /** Mines so many blocks and returns their hashes; rejects when the signal aborts. */
  generate(count: number, scriptPubKey: Uint8Array, signal: AbortSignal): Promise<BlockHash[]>
  /**
   * The block to mine on the tip, for whoever searches its nonce elsewhere. Without pending transactions right after a
   * change of the tip, while the mempool still holds what that has mined.
   */
  template(scriptPubKey: Uint8Array): BlockTemplate
  /** Takes a block that was mined elsewhere: it goes the way of every other. */
  submit(block: Block): Promise<Result<BlockAccepted, RuleViolation>>
}
