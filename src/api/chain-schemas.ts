import { z } from 'zod'
import { MAX_BLOCK_TRANSACTIONS, MAX_LISTED_TIPS, MAX_RAW_HEADERS } from './limits.ts'
import { blockRefSchema, hashId, height, hex, numberText, workHex } from './schema-parts.ts'
import { transactionContentSchema } from './schemas.ts'

export const headersQuerySchema = z.strictObject({
  from: z
    .string()
    .regex(/^\d{1,10}$/, 'a height')
    .transform(Number)
    .default(0)
    .describe('height of the first; 0 unless told'),
  limit: numberText(1, MAX_RAW_HEADERS, MAX_RAW_HEADERS),
})

export const headersSchema = z.object({
  from: height,
  headers: z.array(hex).max(MAX_RAW_HEADERS).describe('80 bytes each, of the best chain, upwards'),
  next: height.nullable().describe('`from` of the next page; null at the tip'),
})

export const tipsSchema = z.object({
  tips: z
    .array(
      blockRefSchema.extend({
        work: workHex.describe('cumulative'),
        status: z
          .enum(['connected', 'valid', 'unchecked', 'headers'])
          .describe(
            'connected: the tip; valid: was the tip once; unchecked: its block is here; headers: only headers are',
          ),
      }),
    )
    .max(MAX_LISTED_TIPS)
    .describe('ends of all branches, the one with the most work first'),
})

export type BranchStatus = z.output<typeof tipsSchema>['tips'][number]['status']

export const blockTransactionsQuerySchema = z.strictObject({
  from: z
    .string()
    .regex(/^\d{1,10}$/, 'a position')
    .transform(Number)
    .default(0)
    .describe('position of the first; 0, the coinbase, unless told'),
  limit: numberText(1, MAX_BLOCK_TRANSACTIONS, MAX_BLOCK_TRANSACTIONS),
})

export const blockTransactionsSchema = z.object({
  block: blockRefSchema,
  total: z.int(),
  transactions: z.array(transactionContentSchema).max(MAX_BLOCK_TRANSACTIONS),
  next: z.int().nullable().describe('`from` of the next page; null at the end'),
})

export const rawBlockSchema = z.object({ hash: hashId, hex: hex.describe('consensus serialisation') })
