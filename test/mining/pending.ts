import type { SelectionEntry } from '../../src/mining/selection.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { p2wpkhScript } from '../../src/script/templates.ts'

export interface PendingPlan {
  readonly parents?: readonly Transaction[]
  readonly fee: number
  /** bytes that each weigh one unit */
  readonly padding?: number
  readonly lockTime?: number
  readonly sigopsCost?: number
}

const SEQUENCE_LOCKABLE = 0xffff_fffe
let made = 0

/** A pending transaction with these figures, for what does not look at its inputs' coins. */
export function pending({
  parents = [],
  fee,
  padding = 0,
  lockTime = 0,
  sigopsCost = 1,
}: PendingPlan): SelectionEntry {
  made += 1
  const confirmed = { txid: toHashId<Txid>(sha256(new TextEncoder().encode(String(made)))) }
  const transaction = makeTransaction({
    version: 2,
    lockTime,
    inputs: (parents.length === 0 ? [confirmed] : parents).map(({ txid }) => ({
      prevout: { txid, vout: 0 },
      scriptSig: new Uint8Array(0),
      sequence: SEQUENCE_LOCKABLE,
      witness: [new Uint8Array(padding)],
    })),
    // No two are the same, whatever else is.
    outputs: [{ value: made, scriptPubKey: p2wpkhScript(new Uint8Array(20)) }],
  })
  return { transaction, fee, sigopsCost }
}
