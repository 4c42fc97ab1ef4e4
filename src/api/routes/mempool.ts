import type { RegisterRoutes } from '../context.ts'
import { mempoolQuerySchema, mempoolSchema } from '../schemas.ts'

export const registerMempool: RegisterRoutes = (app, { services: { mempool } }) => {
  app.get(
    '/v1/mempool',
    {
      schema: {
        summary: 'Size of the mempool, and its newest transactions',
        querystring: mempoolQuerySchema,
        response: { 200: mempoolSchema },
      },
    },
    async ({ query: { limit } }) => {
      const entries = limit === 0 ? [] : mempool.entries().slice(-limit)
      return {
        transactions: mempool.size,
        virtualBytes: mempool.virtualBytes,
        entries: entries.map(({ transaction, fee, virtualSize, addedAt, height }) => ({
          txid: transaction.txid,
          fee,
          virtualSize,
          addedAtMs: addedAt,
          height,
        })),
      }
    },
  )
}
