import type { FastifyReply } from 'fastify'
import type { TransactionPlace } from '../../ports/chain.ts'
import { FOR_ANYONE } from '../access.ts'
import { balanceSchema, historyBodySchema, historyQuerySchema, historySchema } from '../address-schemas.ts'
import { findCoins } from '../coins.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { findHistory } from '../history.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { addressParamsSchema } from '../schemas.ts'
import { wantedScripts } from '../script.ts'
import { blockRef } from '../views.ts'

interface HistoryQuestion {
  readonly addresses: readonly string[]
  readonly before: string | undefined
  readonly limit: number
}

function placeOf(cursor: string | undefined): TransactionPlace | undefined {
  const [height, position] = cursor?.split('-').map(Number) ?? []
  return height === undefined || position === undefined ? undefined : { height, position }
}

/** What happened to addresses, and what they hold. */
export const registerHistory: RegisterRoutes = (app, context) => {
  const { services, clock } = context
  const { chain, mempool } = services
  const dependencies = { chain, mempool, clock }

  const answer = ({ addresses, before, limit }: HistoryQuestion, reply: FastifyReply) =>
    answerWithin(context, reply, ANSWER_TIMEOUT_MS, (signal) => {
      const page = { before: placeOf(before), limit }
      return findHistory(dependencies, wantedScripts(chain, addresses), page, signal)
    })

  app.get(
    '/v1/addresses/:address/history',
    {
      schema: {
        summary: 'What happened to an address, the latest first',
        params: addressParamsSchema,
        querystring: historyQuerySchema,
        response: { 200: historySchema },
      },
    },
    async ({ params: { address }, query: { before, limit } }, reply) =>
      answer({ addresses: [address], before, limit }, reply),
  )

  app.post(
    '/v1/history',
    {
      config: FOR_ANYONE,
      schema: {
        summary: 'What happened to up to a thousand addresses together',
        body: historyBodySchema,
        response: { 200: historySchema },
      },
    },
    async ({ body: { addresses, before, limit } }, reply) => answer({ addresses, before, limit }, reply),
  )

  app.get(
    '/v1/addresses/:address/balance',
    {
      schema: {
        summary: 'What an address holds',
        params: addressParamsSchema,
        response: { 200: balanceSchema },
      },
    },
    async ({ params: { address } }, reply) => {
      const { tip, coins, next } = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, (signal) =>
        findCoins(dependencies, wantedScripts(chain, [address]), signal),
      )
      const free = coins.filter(({ spentBy }) => spentBy === null)
      const sum = (wanted: (typeof coins)[number]['status']): number =>
        free.reduce((total, { status, value }) => total + (status === wanted ? value : 0), 0)
      return {
        tip: blockRef(tip),
        confirmed: sum('confirmed'),
        immature: sum('immature'),
        pending: sum('pending'),
        coins: free.length,
        complete: next === undefined,
      }
    },
  )
}
