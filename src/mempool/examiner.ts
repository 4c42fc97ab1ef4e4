import { err, ok, type Result } from '../base/result.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import { broken } from '../consensus/rules.ts'
import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Txid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { Admission, Fault, Judged, JudgeOptions } from './admission.ts'
import { SignatureBatches } from './signature-batches.ts'

export interface ExaminerDependencies {
  readonly admission: Admission
  readonly chain: ChainView
  readonly signatures: Signatures
  readonly verified: VerifiedTransactions
  readonly clock: Clock
}

/** What was found before its turn. */
export interface Findings {
  /** the chain's, before it was judged */
  readonly tip: ChainEntry
  readonly judged: Result<Judged, Fault>
  /** whether a parent's own verdict was still to come */
  readonly isTentative: boolean
}

/** Judges transactions, signatures included: ahead of their turn where it can, so that many are verified together. */
export class Examiner {
  readonly #dependencies: ExaminerDependencies
  readonly #ahead = createSerialQueue()
  /** judged, and waiting for their signatures or their turn */
  readonly #underWay = new Map<Txid, Transaction>()
  readonly #batches

  constructor(dependencies: ExaminerDependencies) {
    this.#dependencies = dependencies
    this.#batches = new SignatureBatches(dependencies.signatures, dependencies.clock)
  }

  /**
   * Judges them while others wait for their signatures, and has their own verified together with those.
   * @param free - whether any fee will do
   */
  async ahead(group: readonly Transaction[], free: boolean): Promise<Findings> {
    const { admission, chain } = this.#dependencies
    const underWay = this.#underWay
    const { judged, ...circumstances } = await this.#ahead.run(async () => {
      const tip = chain.tip()
      const isTentative = group.some(({ inputs }) => inputs.some(({ prevout }) => underWay.has(prevout.txid)))
      const judged = await admission.judge(group, { isVerified: () => false, free, coming: underWay })
      if (judged.ok) for (const tx of group) underWay.set(tx.txid, tx)
      return { tip, judged, isTentative }
    })
    if (!judged.ok) return { judged, ...circumstances }
    const verified = await this.#verify(judged.value, (checks) => this.#batches.firstInvalid(checks))
    return { judged: verified, ...circumstances }
  }

  /** Their turn is over, whatever came of it. */
  end(group: readonly Transaction[]): void {
    for (const { txid } of group) this.#underWay.delete(txid)
  }

  /** What still holds of what was found ahead, now that their turn has come; judged anew where the rest changed. */
  async settle(
    group: readonly Transaction[],
    { tip, judged, isTentative }: Findings,
    free: boolean,
  ): Promise<Result<Judged, Fault>> {
    const { admission, verified } = this.#dependencies
    if (admission.isCurrent(judged, tip) && (judged.ok || !isTentative)) return judged
    // What was refused may have been verified in a block, without the policy on scripts.
    const isVerified = ({ wtxid }: Transaction): boolean => judged.ok && verified.has(wtxid)
    return this.judge(group, { isVerified, free })
  }

  /** Judges them as the pool is, signatures included. */
  async judge(group: readonly Transaction[], options: JudgeOptions): Promise<Result<Judged, Fault>> {
    const { admission, signatures } = this.#dependencies
    const judged = await admission.judge(group, options)
    return judged.ok ? this.#verify(judged.value, (checks) => signatures.firstInvalid(checks)) : judged
  }

  async #verify(judged: Judged, firstInvalid: Signatures['firstInvalid']): Promise<Result<Judged, Fault>> {
    const invalid = await firstInvalid(judged.drafts.flatMap(({ signatures }) => signatures))
    let check = invalid
    for (const { transaction: at, signatures } of judged.drafts) {
      if (check === undefined) this.#dependencies.verified.add(at.wtxid)
      else if (check >= signatures.length) check -= signatures.length
      else return err({ at, ...broken('signature-invalid', { txid: at.txid, check }) })
    }
    return ok(judged)
  }
}
