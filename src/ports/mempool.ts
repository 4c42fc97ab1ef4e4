import type { EventSource } from '../base/emitter.ts'
import type { Result } from '../base/result.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'

export interface MempoolEntry {
  readonly transaction: Transaction
  /** base units */
  readonly fee: number
  /** virtual bytes (BIP141) */
  readonly virtualSize: number
  /** cost of its signature operations (BIP141) */
  readonly sigopsCost: number
  /** Unix time in milliseconds */
  readonly addedAt: number
  /** the best chain's height when it came in */
  readonly height: number
}

/** Reasons that are ours, not the network's rules: another node may well take such a transaction. */
export type PolicyCode =
  | 'already-in-mempool'
  | 'already-confirmed'
  | 'mempool-conflict'
  | 'missing-inputs'
  | 'spends-conflicting'
  | 'replacement-adds-unconfirmed'
  | 'too-many-replaced'
  | 'fee-below-minimum'
  | 'fee-below-floor'
  | 'mempool-full'
  | 'not-standard'
  | 'dust'
  | 'too-many-unconfirmed-ancestors'
  | 'too-many-unconfirmed-descendants'
  | 'package-malformed'
  | 'package-too-large'

export interface PolicyViolation {
  readonly kind: 'policy'
  readonly code: PolicyCode
  readonly message: string
  /** with `missing-inputs`: what it spends and nobody knows, not empty */
  readonly missing?: readonly OutPoint[]
}

/** What would come in. */
export interface TestedTransaction extends Pick<MempoolEntry, 'fee' | 'virtualSize'> {
  /** pending transactions whose place it would take, parents first */
  readonly replaces: readonly Txid[]
}

/** Pending transactions that belong together. */
export interface MempoolGroup {
  readonly count: number
  /** virtual bytes */
  readonly virtualSize: number
  /** base units */
  readonly fees: number
}

/** A pending transaction among those that it is tied to. */
export interface MempoolFamily {
  /** the pending transactions that it spends from */
  readonly parents: readonly Txid[]
  /** the pending transactions that spend from it */
  readonly children: readonly Txid[]
  /** itself and all that it builds on */
  readonly ancestors: MempoolGroup
  /** itself and all that builds on it */
  readonly descendants: MempoolGroup
}

/** A pending transaction with its place in the order in which they came. */
export interface ListedEntry {
  /** rises from one to the next; of no use to another run of the node */
  readonly sequence: number
  readonly entry: MempoolEntry
}

export type AdmissionError = PolicyViolation | RuleViolation

export interface MempoolEvents {
  added: MempoolEntry
  removed: {
    readonly entry: MempoolEntry
    readonly reason: RemovalReason
  }
  /** was pending when the node was last stopped: news to nobody but those who keep account */
  restored: MempoolEntry
}

/**
 * Why a transaction is pending no more: a block has it, or what it conflicts with; another took its place by a higher
 * fee; others pay more and there is no room; it was pending for too long; the chain has become another one.
 */
export type RemovalReason = 'mined' | 'conflict' | 'replaced' | 'evicted' | 'expired' | 'invalid'

export interface Mempool {
  readonly events: EventSource<MempoolEvents>
  readonly size: number
  /** sum of the virtual sizes */
  readonly virtualBytes: number
  /**
   * Full checks against the coins and the pool itself. One that conflicts with pending ones takes their place where it
   * pays enough more; otherwise the first seen stays.
   */
  accept(tx: Transaction): Promise<Result<MempoolEntry, AdmissionError>>
  /**
   * What `accept` would say now, with full checks, and without taking it. Not foretold is `mempool-full`: a full pool
   * lets go of what pays least once the transaction is in.
   */
  test(tx: Transaction): Promise<Result<TestedTransaction, AdmissionError>>
  /**
   * As `accept` for up to 25 transactions, each after its parents, where a child counts together with the parents that
   * pay too little by themselves. One verdict for each, in their order: `ok` where it is pending now, also where it was
   * before.
   */
  acceptPackage(
    transactions: readonly Transaction[],
  ): Promise<readonly Result<MempoolEntry, AdmissionError>[]>
  /** base units a virtual byte below which nothing is taken now: the relay minimum, or more where the pool is full */
  minFeeRate(): number
  /**
   * Base units a virtual byte that should bring a transaction into one of the next `targetBlocks` blocks, going by what
   * was mined lately; undefined while too little is known.
   * @throws RangeError where the target is not one of 1 to 144
   */
  estimateFee(targetBlocks: number): number | undefined
  get(txid: Txid): MempoolEntry | undefined
  getByWtxid(wtxid: Wtxid): MempoolEntry | undefined
  /** the pending transaction that spends the outpoint */
  spenderOf(outPoint: OutPoint): MempoolEntry | undefined
  /** an output that a pending transaction makes, whether or not another one spends it */
  coin(outPoint: OutPoint): Coin | undefined
  /** parents before children */
  entries(): readonly MempoolEntry[]
  /** up to `max` of the entries that came after the one with this sequence (-1 for the first), parents before children */
  entriesAfter(sequence: number, max: number): readonly ListedEntry[]
  /** undefined where it is not pending */
  familyOf(txid: Txid): MempoolFamily | undefined
  /**
   * The entries that pay at least so many base units a virtual byte, parents before children; where there are more than
   * `max`, those that pay most.
   */
  inventory(minFeeRate: number, max: number): readonly MempoolEntry[]
}
