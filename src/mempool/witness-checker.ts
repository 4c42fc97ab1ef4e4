import { ok, type Result } from '../base/result.ts'
import { broken, RULES, type RuleCode } from '../consensus/rules.ts'
import type { Clock } from '../ports/clock.ts'
import type { AdmissionError } from '../ports/mempool.ts'
import type { Coin } from '../primitives/coin.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { createSighashCache } from '../script/sighash.ts'
import type { SignatureCheck } from '../script/signature-check.ts'
import { isP2wsh } from '../script/templates.ts'
import type { ScriptFault } from '../script/verdict.ts'
import { checkWitness } from '../script/witness.ts'
import { MAX_STANDARD_SCRIPT, refused, STANDARD_SCRIPTS } from './policy.ts'

/** Bytes of script between two turns: four of the longest, whose signature digests may take milliseconds each. */
const WORK_PER_TURN = 4 * MAX_STANDARD_SCRIPT
/** What an input counts for besides its script: 250 P2WPKH inputs fill a turn. */
const INPUT_WORK = WORK_PER_TURN / 250

const isRule = (fault: ScriptFault): fault is ScriptFault & RuleCode => Object.hasOwn(RULES, fault)

/** Runs witnesses under the rules and the policy on scripts, giving way to others between inputs. */
export class WitnessChecker {
  readonly #clock: Pick<Clock, 'turn'>
  /** since the last turn: it goes on from one transaction to the next, for many may wait in line */
  #work = 0

  constructor(clock: Pick<Clock, 'turn'>) {
    this.#clock = clock
  }

  /**
   * Everything that the witnesses of `tx` have to fulfil except the signatures, which are handed back.
   * @param coins - in the order of the inputs; `checkStandardSpend` has passed them
   */
  async check(tx: Transaction, coins: readonly Coin[]): Promise<Result<SignatureCheck[], AdmissionError>> {
    const cache = createSighashCache(tx)
    const checks: SignatureCheck[] = []
    for (const [index, coin] of coins.entries()) {
      if (this.#work >= WORK_PER_TURN) {
        await this.#clock.turn()
        this.#work = 0
      }
      const script = isP2wsh(coin.scriptPubKey) ? tx.inputs[index]!.witness.at(-1) : undefined
      this.#work += INPUT_WORK + (script?.length ?? 0)
      const run = checkWitness(cache, index, coin, STANDARD_SCRIPTS)
      if (run.ok) for (const check of run.value) checks.push(check)
      else if (isRule(run.error)) return broken(run.error, { txid: tx.txid, index })
      else return refused('not-standard', `The script of input ${index}: ${run.error}.`)
    }
    return ok(checks)
  }
}
