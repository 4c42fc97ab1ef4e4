import type { FastifyReply } from 'fastify'
import { FOR_ANYONE } from '../access.ts'
import { findCoins } from '../coins.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { addressParamsSchema, coinsBodySchema, coinsSchema } from '../schemas.ts'
import { wantedScripts } from '../script.ts'

export const registerCoins: RegisterRoutes = (app, context) => {
  const { services, clock } = context
  const { chain, mempool } = services
  const answer = (addresses: readonly string[], reply: FastifyReply) =>
    answerWithin(context, reply, ANSWER_TIMEOUT_MS, (signal) =>
      findCoins({ chain, mempool, clock }, wantedScripts(chain, addresses), signal),
    )

  app.get(
    '/v1/addresses/:address/coins',
    {
      schema: {
        summary: 'The coins of an address',
        params: addressParamsSchema,
        response: { 200: coinsSchema },
      },
    },
    async ({ params: { address } }, reply) => answer([address], reply),
  )

  app.post(
    '/v1/coins',
    {
      config: FOR_ANYONE,
      schema: {
        summary: 'The coins of up to a thousand addresses',
        body: coinsBodySchema,
        response: { 200: coinsSchema },
      },
    },
    async ({ body: { addresses } }, reply) => answer(addresses, reply),
  )
}
