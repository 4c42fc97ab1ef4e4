import { toHex } from '../../base/bytes.ts'
import type { ChainEntry, ChainView } from '../../ports/chain.ts'
import type { Block } from '../../primitives/block.ts'
import { encodeHeader } from '../../primitives/header.ts'
import {
  type BranchStatus,
  blockTransactionsQuerySchema,
  blockTransactionsSchema,
  headersQuerySchema,
  headersSchema,
  rawBlockSchema,
  tipsSchema,
} from '../chain-schemas.ts'
import type { ApiContext, RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS, MAX_LISTED_TIPS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { refusePruned } from '../pruned.ts'
import { blockParamsSchema } from '../schemas.ts'
import { blockRef, transactionContent, workHex } from '../views.ts'
import { findEntry } from './blocks.ts'

function statusOf(chain: ChainView, { hash }: ChainEntry): BranchStatus {
  if (chain.isConnected(hash)) return 'connected'
  if (chain.wasConnected(hash)) return 'valid'
  return chain.hasBody(hash) ? 'unchecked' : 'headers'
}

async function bodyOf({ services: { chain } }: ApiContext, entry: ChainEntry): Promise<Block> {
  refusePruned(chain, entry, `the body of block ${entry.hash} at height ${entry.height}`)
  const block = await chain.block(entry.hash)
  if (block === undefined)
    throw new ApiProblem(404, 'block-body-unknown', `this node has only the header of block ${entry.hash}`)
  return block
}

/** The chain in larger pieces: headers, blocks as bytes and with their transactions, branches. */
export const registerChain: RegisterRoutes = (app, context) => {
  const { chain } = context.services

  app.get(
    '/v1/headers',
    {
      schema: {
        summary: 'Headers of the best chain as bytes, from a height upwards',
        querystring: headersQuerySchema,
        response: { 200: headersSchema },
      },
    },
    async ({ query: { from, limit } }) => {
      const headers = []
      for (let height = from; headers.length < limit; height++) {
        const entry = chain.entryAt(height)
        if (entry === undefined) break
        headers.push(toHex(encodeHeader(entry.header)))
      }
      const next = from + headers.length
      return { from, headers, next: chain.entryAt(next) === undefined ? null : next }
    },
  )

  app.get(
    '/v1/tips',
    { schema: { summary: 'The ends of all branches', response: { 200: tipsSchema } } },
    async () => ({
      tips: chain.tips(MAX_LISTED_TIPS).map((entry) => ({
        ...blockRef(entry),
        work: workHex(entry.work),
        status: statusOf(chain, entry),
      })),
    }),
  )

  app.get(
    '/v1/blocks/:hashOrHeight/raw',
    {
      schema: {
        summary: 'A block as bytes',
        params: blockParamsSchema,
        response: { 200: rawBlockSchema },
      },
    },
    async ({ params }, reply) => {
      const entry = findEntry(chain, params.hashOrHeight)
      const block = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () => bodyOf(context, entry))
      return { hash: entry.hash, hex: toHex(block.bytes) }
    },
  )

  app.get(
    '/v1/blocks/:hashOrHeight/transactions',
    {
      schema: {
        summary: 'The transactions of a block, in pages',
        params: blockParamsSchema,
        querystring: blockTransactionsQuerySchema,
        response: { 200: blockTransactionsSchema },
      },
    },
    async ({ params, query: { from, limit } }, reply) => {
      const entry = findEntry(chain, params.hashOrHeight)
      const { transactions } = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () =>
        bodyOf(context, entry),
      )
      const next = from + limit
      return {
        block: blockRef(entry),
        total: transactions.length,
        transactions: transactions
          .slice(from, next)
          .map((tx) => transactionContent(tx, chain.parameters.prefix)),
        next: next < transactions.length ? next : null,
      }
    },
  )
}
