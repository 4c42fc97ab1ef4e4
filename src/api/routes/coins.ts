import type { FastifyReply } from 'fastify'
import { toHex } from '../../base/bytes.ts'
import { findCoins } from '../coins.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { addressParamsSchema, coinsBodySchema, coinsSchema } from '../schemas.ts'
import { requireScript } from '../script.ts'

export const registerCoins: RegisterRoutes = (app, context) => {
  const { services, clock } = context
  const { chain, mempool } = services
  const answer = async (addresses: readonly string[], reply: FastifyReply) => {
    const wanted = addresses.map((address) => {
      const scriptPubKey = requireScript(chain, address)
      return [toHex(scriptPubKey), { address, scriptPubKey }] as const
    })
    return answerWithin(context, reply, ANSWER_TIMEOUT_MS, (signal) =>
      findCoins({ chain, mempool, clock }, new Map(wanted), signal),
    )
  }

  app.get(
    '/v1/addresses/:address/coins',
    { schema: { params: addressParamsSchema, response: { 200: coinsSchema } } },
    ({ params: { address } }, reply) => answer([address], reply),
  )

  app.post(
    '/v1/coins',
    { schema: { body: coinsBodySchema, response: { 200: coinsSchema } } },
    ({ body: { addresses } }, reply) => answer(addresses, reply),
  )
}
