import type { ChainEntry, ChainView } from '../../ports/chain.ts'
import { type BlockHash, parseHashId } from '../../primitives/hash.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { refusePruned } from '../pruned.ts'
import { blockListQuerySchema, blockListSchema, blockParamsSchema, blockSchema } from '../schemas.ts'
import { confirmationsOf, headerView } from '../views.ts'

export function findEntry(chain: ChainView, hashOrHeight: string): ChainEntry {
  const hash = parseHashId<BlockHash>(hashOrHeight)
  const entry = hash === undefined ? chain.entryAt(Number(hashOrHeight)) : chain.entry(hash)
  if (entry === undefined)
    throw new ApiProblem(404, 'block-unknown', `this node knows no block ${hashOrHeight}`)
  return entry
}

export const registerBlocks: RegisterRoutes = (app, context) => {
  const { chain } = context.services
  app.get(
    '/v1/blocks',
    {
      schema: {
        summary: 'Headers of the best chain, from a height downwards',
        querystring: blockListQuerySchema,
        response: { 200: blockListSchema },
      },
    },
    async ({ query: { from, limit } }) => {
      const tip = chain.tip().height
      const first = Math.min(from ?? tip, tip)
      const blocks = []
      for (let height = first; height >= 0 && blocks.length < limit; height--) {
        const entry = chain.entryAt(height)
        if (entry !== undefined) blocks.push(headerView(entry))
      }
      return { blocks }
    },
  )

  app.get(
    '/v1/blocks/:hashOrHeight',
    {
      schema: {
        summary: 'A block by its hash or height',
        params: blockParamsSchema,
        response: { 200: blockSchema },
      },
    },
    async ({ params }, reply) => {
      const entry = findEntry(chain, params.hashOrHeight)
      refusePruned(chain, entry, `the body of block ${entry.hash} at height ${entry.height}`)
      const block = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () => chain.block(entry.hash))
      return {
        ...headerView(entry),
        confirmations: confirmationsOf(chain, entry),
        size: block?.bytes.length ?? null,
        weight: block?.weight ?? null,
        txids: block?.transactions.map(({ txid }) => txid) ?? null,
      }
    },
  )
}
