import { z } from 'zod'
import { MAX_ADDRESSES, MAX_LISTED_EVENTS } from './limits.ts'
import { addressText, amount, blockRefSchema, hashId, numberText } from './schema-parts.ts'

/** Where a page of history goes on: `height-position` of the last event before it. */
const cursorText = z.string().regex(/^\d{1,10}-\d{1,10}$/, 'the `next` of the page before')

export const historyQuerySchema = z.strictObject({
  before: cursorText.optional(),
  limit: numberText(1, MAX_LISTED_EVENTS, 50),
})

export const historyBodySchema = z.strictObject({
  addresses: z.array(addressText).min(1).max(MAX_ADDRESSES),
  before: cursorText.optional(),
  limit: z.int().min(1).max(MAX_LISTED_EVENTS).default(50),
})

const movementSchema = z.object({
  txid: hashId,
  received: amount.describe('that it makes to the addresses'),
  sent: amount.describe('that it spends from them'),
})

export const historySchema = z.object({
  tip: blockRefSchema,
  pending: z
    .array(movementSchema.extend({ fee: amount, addedAtMs: z.int() }))
    .max(MAX_LISTED_EVENTS)
    .describe('in the mempool, the latest first; on the first page only'),
  events: z
    .array(
      movementSchema.extend({
        block: blockRefSchema,
        position: z.int().min(0).describe('in the block'),
        time: z.int(),
        confirmations: z.int().min(1),
      }),
    )
    .describe('in blocks of the best chain, the latest first'),
  next: cursorText.nullable().describe('`before` of the next page; null where there is none'),
})

export const balanceSchema = z.object({
  tip: blockRefSchema,
  confirmed: amount.describe('can be spent in the next block, and no pending transaction does'),
  immature: amount.describe('coinbases that cannot be spent yet'),
  pending: amount.describe('made by pending transactions, and not spent by others'),
  coins: z.int(),
  complete: z.boolean().describe('false where there are more coins than one answer counts'),
})

export type HistoryView = z.output<typeof historySchema>
export type BalanceView = z.output<typeof balanceSchema>
