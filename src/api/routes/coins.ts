import type { FastifyReply } from 'fastify'
import { FOR_ANYONE } from '../access.ts'
import { coinCursorText, parseCoinCursor } from '../coin-cursor.ts'
import { findCoins } from '../coins.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { createMempoolCursors } from '../mempool-cursor.ts'
import { addressParamsSchema, coinsBodySchema, coinsQuerySchema, coinsSchema } from '../schemas.ts'
import { wantedScripts } from '../script.ts'
import { blockRef } from '../views.ts'

interface CoinsQuestion {
  readonly addresses: readonly string[]
  readonly after?: string | undefined
  readonly limit: number
}

export const registerCoins: RegisterRoutes = (app, context) => {
  const { services, clock } = context
  const { chain, mempool } = services
  const cursors = createMempoolCursors(services)

  const answer = ({ addresses, after, limit }: CoinsQuestion, reply: FastifyReply) =>
    answerWithin(context, reply, ANSWER_TIMEOUT_MS, async (signal) => {
      const page = { after: after === undefined ? undefined : parseCoinCursor(after, cursors), limit }
      const scripts = wantedScripts(chain, addresses)
      const { tip, coins, next } = await findCoins({ chain, mempool, clock }, scripts, signal, page)
      return {
        tip: blockRef(tip),
        coins: [...coins],
        complete: next === undefined,
        next: next === undefined ? null : coinCursorText(next, cursors),
      }
    })

  app.get(
    '/v1/addresses/:address/coins',
    {
      schema: {
        summary: 'The coins of an address',
        params: addressParamsSchema,
        querystring: coinsQuerySchema,
        response: { 200: coinsSchema },
      },
    },
    async ({ params: { address }, query }, reply) => answer({ addresses: [address], ...query }, reply),
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
    async ({ body }, reply) => answer(body, reply),
  )
}
