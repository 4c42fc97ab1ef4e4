import type { EventSource } from '../base/emitter.ts'
import type { Result } from '../base/result.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Txid } from '../primitives/hash.ts'
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
  | 'fee-below-minimum'
  | 'mempool-full'
  | 'not-standard'
  | 'dust'
  | 'too-many-unconfirmed-ancestors'

export interface PolicyViolation {
  readonly kind: 'policy'
  readonly code: PolicyCode
  readonly message: string
}

export type AdmissionError = PolicyViolation | RuleViolation

export interface MempoolEvents {
  added: MempoolEntry
  removed: {
    readonly entry: MempoolEntry
    readonly reason: 'mined' | 'conflict' | 'evicted' | 'invalid'
  }
}

export interface Mempool {
  readonly events: EventSource<MempoolEvents>
  readonly size: number
  /** sum of the virtual sizes */
  readonly virtualBytes: number
  /** Full checks against the coins and the pool itself; the first seen of two conflicting ones wins. */
  accept(tx: Transaction): Promise<Result<MempoolEntry, AdmissionError>>
  get(txid: Txid): MempoolEntry | undefined
  /** the pending transaction that spends the outpoint */
  spenderOf(outPoint: OutPoint): MempoolEntry | undefined
  /** an output that a pending transaction makes, whether or not another one spends it */
  coin(outPoint: OutPoint): Coin | undefined
  /** parents before children */
  entries(): readonly MempoolEntry[]
}
