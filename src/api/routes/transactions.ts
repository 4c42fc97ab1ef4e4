import { hashIdsBytes, parseHashId, type Txid, toHashId } from '../../primitives/hash.ts'
import { merkleBranch } from '../../primitives/merkle.ts'
import { confirmedTransaction } from '../confirmed-transaction.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS, TRANSACTION_BODY_LIMIT } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import {
  proofSchema,
  submitBodySchema,
  submittedSchema,
  transactionParamsSchema,
  transactionSchema,
} from '../schemas.ts'
import { submitTransaction } from '../submit.ts'
import { blockRef, transactionContent } from '../views.ts'

export const registerTransactions: RegisterRoutes = (app, context) => {
  const { chain, mempool } = context.services
  const { prefix } = chain.parameters

  app.get(
    '/v1/transactions/:txid',
    {
      schema: {
        summary: 'A transaction, pending or confirmed',
        params: transactionParamsSchema,
        response: { 200: transactionSchema },
      },
    },
    async ({ params }, reply) => {
      const txid = parseHashId<Txid>(params.txid)!
      const pending = mempool.get(txid)
      if (pending !== undefined)
        return {
          ...transactionContent(pending.transaction, prefix),
          status: 'pending' as const,
          block: null,
          fee: pending.fee,
        }
      const found = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
        confirmedTransaction(chain, txid),
      )
      if (found === undefined)
        throw new ApiProblem(404, 'transaction-unknown', `this node knows no transaction ${txid}`)
      const { entry, block, position } = found
      const confirmations = chain.tip().height - entry.height + 1
      return {
        ...transactionContent(block.transactions[position]!, prefix),
        status: 'confirmed' as const,
        block: { ...blockRef(entry), time: entry.header.time, confirmations: Math.max(0, confirmations) },
        fee: null,
      }
    },
  )

  app.get(
    '/v1/transactions/:txid/proof',
    {
      schema: {
        summary: 'The proof that a transaction is in a block',
        params: transactionParamsSchema,
        response: { 200: proofSchema },
      },
    },
    async ({ params }, reply) => {
      const txid = parseHashId<Txid>(params.txid)!
      const found = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
        confirmedTransaction(chain, txid),
      )
      if (found === undefined)
        throw new ApiProblem(404, 'transaction-unknown', `this node knows no confirmed transaction ${txid}`)
      const { entry, block, position } = found
      const txids = hashIdsBytes(block.transactions.map((tx) => tx.txid))
      return {
        txid,
        block: blockRef(entry),
        merkleRoot: entry.header.merkleRoot,
        position,
        branch: merkleBranch(txids, position).map((digest) => toHashId(digest)),
      }
    },
  )

  app.post(
    '/v1/transactions',
    {
      schema: {
        summary: 'Submit a signed transaction',
        body: submitBodySchema,
        response: { 201: submittedSchema },
      },
      bodyLimit: TRANSACTION_BODY_LIMIT,
    },
    async ({ body: { hex } }, reply) => reply.code(201).send(await submitTransaction(context, reply, hex)),
  )
}
