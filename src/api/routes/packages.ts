import { virtualSize } from '../../primitives/transaction.ts'
import { FOR_ANYONE } from '../access.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS, PACKAGE_BODY_LIMIT, TRANSACTION_BODY_LIMIT } from '../limits.ts'
import { packageBodySchema, packageSchema, testedSchema } from '../mempool-schemas.ts'
import { submitBodySchema } from '../schemas.ts'
import { refusalOf, requireTransaction } from '../submit.ts'

/** What the mempool says of transactions, one by one: a refusal is the answer here, not a failure of the request. */
export const registerPackages: RegisterRoutes = (app, context) => {
  const { mempool } = context.services

  app.post(
    '/v1/transactions/test',
    {
      config: FOR_ANYONE,
      schema: {
        summary: 'Whether the mempool would take a transaction, without submitting it',
        body: submitBodySchema,
        response: { 200: testedSchema },
      },
      bodyLimit: TRANSACTION_BODY_LIMIT,
    },
    async ({ body: { hex } }, reply) => {
      const tx = requireTransaction(hex)
      const tested = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () => mempool.test(tx))
      return {
        txid: tx.txid,
        virtualSize: virtualSize(tx.weight),
        allowed: tested.ok,
        fee: tested.ok ? tested.value.fee : null,
        replaces: tested.ok ? [...tested.value.replaces] : [],
        refusal: refusalOf(tested),
      }
    },
  )

  app.post(
    '/v1/packages',
    {
      schema: {
        summary: 'Submit transactions together, so that children pay for their parents',
        body: packageBodySchema,
        response: { 200: packageSchema },
      },
      bodyLimit: PACKAGE_BODY_LIMIT,
    },
    async ({ body: { hex } }, reply) => {
      const transactions = hex.map(requireTransaction)
      const verdicts = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
        mempool.acceptPackage(transactions),
      )
      return {
        transactions: transactions.map(({ txid, weight }, index) => {
          const verdict = verdicts[index]!
          return {
            txid,
            virtualSize: virtualSize(weight),
            pending: verdict.ok,
            fee: verdict.ok ? verdict.value.fee : null,
            refusal: refusalOf(verdict),
          }
        }),
      }
    },
  )
}
