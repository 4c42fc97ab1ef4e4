import type { FastifyReply } from 'fastify'
import { fromHex } from '../base/bytes.ts'
import type { Result } from '../base/result.ts'
import type { AdmissionError } from '../ports/mempool.ts'
import { decodeTransaction, type Transaction } from '../primitives/transaction.ts'
import type { ApiContext } from './context.ts'
import { answerWithin } from './deadline.ts'
import { ANSWER_TIMEOUT_MS } from './limits.ts'
import type { Refusal } from './mempool-schemas.ts'
import { ApiProblem } from './problem.ts'
import type { SubmittedTransaction } from './schemas.ts'

/** Refuses with `malformed` what is no transaction. */
export function requireTransaction(hex: string): Transaction {
  const transaction = decodeTransaction(fromHex(hex)!)
  if (!transaction.ok)
    throw new ApiProblem(422, 'malformed', `these bytes are no transaction: ${transaction.error.message}`)
  return transaction.value
}

export function refusalOf(verdict: Result<unknown, AdmissionError>): Refusal {
  if (verdict.ok) return null
  const { kind, code, message } = verdict.error
  return { kind, code, detail: message }
}

/**
 * Hands a signed transaction to the mempool. Refused with the code of the rule or the policy that it breaks.
 * @param statusOf - of such a refusal
 */
export async function submitTransaction(
  context: ApiContext,
  reply: FastifyReply,
  hex: string,
  statusOf: (error: AdmissionError) => number = () => 422,
): Promise<SubmittedTransaction> {
  const transaction = requireTransaction(hex)
  const entry = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
    context.services.mempool.accept(transaction),
  )
  if (!entry.ok) {
    const { kind, code, message } = entry.error
    const details = kind === 'rule' ? entry.error.details : undefined
    throw new ApiProblem(statusOf(entry.error), code, message, { ...details, kind })
  }
  const { fee, virtualSize } = entry.value
  return { txid: transaction.txid, fee, virtualSize }
}
