import type { FastifyReply } from 'fastify'
import { type BlockHash, parseHashId } from '../../primitives/hash.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { VERDICT_TIMEOUT_MS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { type VerdictView, verdictParamsSchema, verdictSchema } from '../schemas.ts'
import { blockRef } from '../views.ts'

/** The operator's own verdicts on blocks. */
export const registerVerdicts: RegisterRoutes = (app, context) => {
  const { chain } = context.services

  async function answer(text: string, reply: FastifyReply, verdict: (hash: BlockHash) => Promise<boolean>) {
    const hash = parseHashId<BlockHash>(text)!
    const known = await answerWithin(context, reply, VERDICT_TIMEOUT_MS, () => verdict(hash))
    const entry = chain.entry(hash)
    if (!known || entry === undefined)
      throw new ApiProblem(404, 'block-unknown', `this node knows no block ${hash}`)
    return {
      block: blockRef(entry),
      connected: chain.isConnected(hash),
      tip: blockRef(chain.tip()),
    } satisfies VerdictView
  }

  const schema = { params: verdictParamsSchema, response: { 200: verdictSchema } }

  app.post(
    '/v1/blocks/:hash/invalidate',
    { schema: { ...schema, summary: 'Treat a block as invalid' } },
    ({ params }, reply) =>
      answer(params.hash, reply, (hash) => {
        if (hash === chain.genesis.hash)
          throw new ApiProblem(
            409,
            'genesis-valid',
            'the first block is what the network is: it cannot be invalid',
          )
        return chain.invalidate(hash)
      }),
  )

  app.post(
    '/v1/blocks/:hash/reconsider',
    { schema: { ...schema, summary: 'Take such a verdict back' } },
    ({ params }, reply) => answer(params.hash, reply, (hash) => chain.reconsider(hash)),
  )
}
