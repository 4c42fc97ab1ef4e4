import { fromHex } from '../../base/bytes.ts'
import { CairnError } from '../../base/errors.ts'
import type { ChainView } from '../../ports/chain.ts'
import type { AdmissionError } from '../../ports/mempool.ts'
import { parseHashId, type Txid } from '../../primitives/hash.ts'
import { decodeTransaction } from '../../primitives/transaction.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS, TRANSACTION_BODY_LIMIT } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { refusePruned } from '../pruned.ts'
import { submitBodySchema, submittedSchema, transactionParamsSchema, transactionSchema } from '../schemas.ts'
import { blockRef, transactionContent } from '../views.ts'

/** Where a rule or a policy refuses, the code is the rule's or the policy's own. */
function refused(error: AdmissionError): ApiProblem {
  const details = error.kind === 'rule' ? error.details : undefined
  return new ApiProblem(422, error.code, error.message, { ...details, kind: error.kind })
}

async function confirmed(chain: ChainView, txid: Txid) {
  const hash = await chain.transactionBlock(txid)
  const entry = hash === undefined ? undefined : chain.entry(hash)
  // The index follows the best chain; between the two questions the block may have left it.
  if (hash === undefined || entry === undefined || !chain.isConnected(hash)) return undefined
  refusePruned(chain, entry, `the body of block ${hash}, which holds transaction ${txid},`)
  const transaction = (await chain.block(hash))?.transactions.find((tx) => tx.txid === txid)
  if (transaction === undefined)
    throw new CairnError(
      'index-inconsistent',
      'the transaction index names a block without the transaction',
      {
        txid,
        block: hash,
      },
    )
  return { entry, transaction }
}

export const registerTransactions: RegisterRoutes = (app, context) => {
  const { chain, mempool } = context.services
  const { prefix } = chain.parameters

  app.get(
    '/v1/transactions/:txid',
    { schema: { params: transactionParamsSchema, response: { 200: transactionSchema } } },
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
      const found = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () => confirmed(chain, txid))
      if (found === undefined)
        throw new ApiProblem(404, 'transaction-unknown', `this node knows no transaction ${txid}`)
      const { entry, transaction } = found
      const confirmations = chain.tip().height - entry.height + 1
      return {
        ...transactionContent(transaction, prefix),
        status: 'confirmed' as const,
        block: { ...blockRef(entry), time: entry.header.time, confirmations: Math.max(0, confirmations) },
        fee: null,
      }
    },
  )

  app.post(
    '/v1/transactions',
    {
      schema: { body: submitBodySchema, response: { 201: submittedSchema } },
      bodyLimit: TRANSACTION_BODY_LIMIT,
    },
    async ({ body }, reply) => {
      const transaction = decodeTransaction(fromHex(body.hex)!)
      if (!transaction.ok)
        throw new ApiProblem(422, 'malformed', `these bytes are no transaction: ${transaction.error.message}`)
      const entry = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
        mempool.accept(transaction.value),
      )
      if (!entry.ok) throw refused(entry.error)
      const { fee, virtualSize } = entry.value
      return reply.code(201).send({ txid: transaction.value.txid, fee, virtualSize })
    },
  )
}
