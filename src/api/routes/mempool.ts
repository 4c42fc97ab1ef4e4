import type { MempoolEntry } from '../../ports/mempool.ts'
import { parseHashId, type Txid } from '../../primitives/hash.ts'
import type { RegisterRoutes } from '../context.ts'
import { createMempoolCursors } from '../mempool-cursor.ts'
import {
  mempoolQuerySchema,
  mempoolSchema,
  pendingDetailsSchema,
  pendingListQuerySchema,
  pendingListSchema,
} from '../mempool-schemas.ts'
import { ApiProblem } from '../problem.ts'
import { transactionParamsSchema } from '../schemas.ts'

const pendingView = ({ transaction, fee, virtualSize, addedAt, height }: MempoolEntry) => ({
  txid: transaction.txid,
  fee,
  virtualSize,
  addedAtMs: addedAt,
  height,
})

export const registerMempool: RegisterRoutes = (app, { services }) => {
  const { mempool } = services
  const cursors = createMempoolCursors(services)

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
        entries: entries.map(pendingView),
      }
    },
  )

  app.get(
    '/v1/mempool/transactions',
    {
      schema: {
        summary: 'The pending transactions, in pages',
        querystring: pendingListQuerySchema,
        response: { 200: pendingListSchema },
      },
    },
    async ({ query: { after, limit } }) => {
      const listed = mempool.entriesAfter(cursors.sequenceOf(after), limit + 1)
      const page = listed.slice(0, limit)
      return {
        transactions: page.map(({ entry }) => pendingView(entry)),
        next: listed.length > limit ? cursors.textOf(page.at(-1)!.sequence) : null,
      }
    },
  )

  app.get(
    '/v1/mempool/transactions/:txid',
    {
      schema: {
        summary: 'A pending transaction, and what it is tied to',
        params: transactionParamsSchema,
        response: { 200: pendingDetailsSchema },
      },
    },
    async ({ params }) => {
      const txid = parseHashId<Txid>(params.txid)!
      const entry = mempool.get(txid)
      const family = mempool.familyOf(txid)
      if (entry === undefined || family === undefined)
        throw new ApiProblem(404, 'transaction-unknown', `transaction ${txid} is not pending`)
      const { wtxid, weight } = entry.transaction
      const { parents, children, ancestors, descendants } = family
      return {
        ...pendingView(entry),
        wtxid,
        weight,
        parents: [...parents],
        children: [...children],
        ancestors,
        descendants,
      }
    },
  )
}
