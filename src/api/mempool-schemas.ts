import { z } from 'zod'
import { MAX_LISTED_TRANSACTIONS, MAX_PACKAGE_TRANSACTIONS, MAX_SUBMITTED_BYTES } from './limits.ts'
import { amount, hashId, height, hex, mempoolCursorText, numberText } from './schema-parts.ts'

export const mempoolQuerySchema = z.strictObject({ limit: numberText(0, MAX_LISTED_TRANSACTIONS, 100) })

const pendingSchema = z.object({
  txid: hashId,
  fee: amount,
  virtualSize: z.int(),
  addedAtMs: z.int(),
  height: height.describe("the best chain's height when it came in"),
})

export const mempoolSchema = z.object({
  transactions: z.int(),
  virtualBytes: z.int(),
  entries: z
    .array(pendingSchema)
    .max(MAX_LISTED_TRANSACTIONS)
    .describe('the newest ones, parents before children'),
})

export const pendingListQuerySchema = z.strictObject({
  after: mempoolCursorText.optional(),
  limit: numberText(1, MAX_LISTED_TRANSACTIONS, 100),
})

export const pendingListSchema = z.object({
  transactions: z
    .array(pendingSchema)
    .max(MAX_LISTED_TRANSACTIONS)
    .describe('in the order in which they came, parents before children'),
  next: mempoolCursorText
    .nullable()
    .describe('`after` of the next page; null where none follow. One that comes in again is listed again'),
})

const groupSchema = z.object({ count: z.int().min(1), virtualSize: z.int(), fees: amount })

export const pendingDetailsSchema = pendingSchema.extend({
  wtxid: hashId,
  weight: z.int(),
  parents: z.array(hashId).describe('pending transactions that it spends from'),
  children: z.array(hashId).describe('pending transactions that spend from it'),
  ancestors: groupSchema.describe('itself and all pending transactions that it builds on'),
  descendants: groupSchema.describe('itself and all pending transactions that build on it'),
})

const refusalSchema = z
  .object({
    kind: z.enum(['rule', 'policy']).describe("rule: the network's; policy: of this node"),
    code: z.string(),
    detail: z.string(),
  })
  .nullable()
  .describe('null where it is taken')

export const testedSchema = z.object({
  txid: hashId,
  virtualSize: z.int(),
  allowed: z.boolean().describe('whether the mempool would take it now'),
  fee: amount.nullable().describe('null where it is refused'),
  replaces: z.array(hashId).describe('pending transactions whose place it would take'),
  refusal: refusalSchema,
})

export const packageBodySchema = z.strictObject({
  hex: z
    .array(hex.min(2).max(2 * MAX_SUBMITTED_BYTES))
    .min(1)
    .max(MAX_PACKAGE_TRANSACTIONS)
    .describe('BIP144 serialisation of transactions, each after its parents'),
})

export const packageSchema = z.object({
  transactions: z
    .array(
      z.object({
        txid: hashId,
        virtualSize: z.int(),
        pending: z.boolean().describe('whether it is in the mempool now, also where it was before'),
        fee: amount.nullable().describe('null where it is refused'),
        refusal: refusalSchema,
      }),
    )
    .max(MAX_PACKAGE_TRANSACTIONS)
    .describe('one verdict for each, in their order'),
})

export type Refusal = z.output<typeof refusalSchema>
